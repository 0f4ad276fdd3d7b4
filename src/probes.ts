import { dirname } from 'node:path'
import type { Probed } from './api/probe.ts'
import { HealthCollector } from './collectors/health.ts'
import type { HttpCollector } from './collectors/http.ts'
import type { Settings } from './config.ts'
import type { Clock } from './core/time.ts'
import { gradeOf } from './health/check.ts'
import type { StorageFigures } from './health/checks/storage.ts'
import { recognise } from './health/clients/recognise.ts'
import { drained } from './health/drain.ts'
import { Health, type Probe } from './health/health.ts'
import { type HealthSettings, settleHealth } from './health/option.ts'
import { ownChecks } from './health/own.ts'
import type { OwnSettings } from './health/owned.ts'
import { Beats } from './pipeline/beats.ts'
import type { Flusher } from './pipeline/flusher.ts'
import type { Leaving } from './pipeline/signals.ts'
import type { Recorder } from './recorder.ts'
import type { Attachment } from './server/server.ts'
import { placeOf } from './storage/place.ts'
import type { Store } from './storage/store.ts'
import { oneLine } from './guard.ts'

/** Where the option is false nothing of it is looked at, but what asks for it gets an answer. */
const nothing = (): HealthSettings => settleHealth({}, {}) as HealthSettings

/** What probes need of the rest. */
export interface ProbeParts {
  readonly settings: Pick<Settings, 'health' | 'instance' | 'release' | 'log' | 'storage'>
  readonly recorder: Pick<Recorder, 'clock' | 'guard' | 'registry' | 'usage'>
  /** How the store stands, and what moves things into it. */
  readonly keeping: () => Keeping
  /** Called once, when draining begins. */
  readonly draining: () => void
}

interface Keeping {
  readonly store: Pick<Store, 'standing' | 'get' | 'swap'>
  readonly flusher: Pick<Flusher, 'outage' | 'drops' | 'lastAt'>
}

/** The health of this process, joined with its metrics and with the routes that show it. */
export class Probes {
  readonly health: Health
  /** Signs of life of jobs, to be kept with each flush. */
  readonly beats: Beats
  readonly #numbers: HealthCollector
  /** How long to serve on after a signal; false: nothing is drained. */
  readonly #delay: number | false

  constructor({ settings, recorder, keeping, draining }: ProbeParts) {
    const { health, instance, release, log } = settings
    const { clock, guard, registry } = recorder
    const { defaults, manual, readyWhileDraining, own } = health === false ? nothing() : health
    const numbers = new HealthCollector(registry, clock)
    this.#numbers = numbers
    this.#delay = health !== false && health.drainDelay
    this.beats = new Beats(() => keeping().store)
    this.health = new Health({
      clock,
      defaults,
      manual,
      beats: this.beats,
      readyWhileDraining,
      component: { instance, release },
      recognise,
      say: (line) => guard.run('log', () => log(`[pocketmetrics] ${oneLine(line)}`), undefined),
      observed: (name, status, ms) => numbers.checked(name, gradeOf(status), ms),
      draining,
    })
    if (health === false) this.health.end()
    else this.#look(own, recorder, keeping, folderOf(settings.storage))
  }

  /** Begins with the checks of our own. */
  #look(own: OwnSettings, { usage, clock }: ProbeParts['recorder'], keeping: () => Keeping, folder?: string): void {
    const window = usage.eventLoop()
    const storage = (): StorageFigures => keptBy(keeping(), clock)
    const readings = { storage, loop: () => window.read(), memory: () => usage.memory(), folder }
    for (const one of ownChecks(own, readings)) this.health.own(one)
  }

  /** What a probe is told, counted; at once, unless nothing is known yet. */
  answer(probe: Probe): Probed | Promise<Probed> {
    const { health } = this
    const soon = health.known(probe)
    return soon === undefined ? this.#told(probe) : soon.then(() => this.#told(probe))
  }

  #told(probe: Probe): Probed {
    const { health } = this
    const word = health.word(probe)
    this.#numbers.probed(probe, word === 'fail' ? 503 : 200)
    return { word, report: () => health.report(probe), draft: () => health.draft(probe) }
  }

  /** What happens to requests when the process is told to stop. */
  leaving(
    attachment: Pick<Attachment, 'serves' | 'shut'>,
    http: Pick<HttpCollector, 'active' | 'streams'>
  ): Pick<Leaving, 'told' | 'served'> {
    if (this.#delay === false) return {}
    const inFlight = (): number => http.active - http.streams
    const draining = { delay: this.#delay, serves: attachment.serves, shut: attachment.shut, inFlight }
    return { told: () => this.health.drain(), served: () => drained(draining) }
  }

  /** Records what readiness says right now. */
  sample(): void {
    this.#numbers.sample(this.health.status !== 'fail')
  }
}

function keptBy({ store, flusher }: Keeping, clock: Clock): StorageFigures {
  const standing = store.standing()
  const { outage, drops, lastAt } = flusher
  return {
    mode: standing.mode,
    problem: standing.problem,
    failures: outage.failures,
    unkeptFor: outage.ms,
    age: lastAt === undefined ? null : Math.max(0, clock.now() - lastAt),
    dropped: [...drops.values()].reduce((sum, count) => sum + count, standing.refused ?? 0),
  }
}

function folderOf(storage: Settings['storage']): string | undefined {
  const place = placeOf(storage)
  return place.kind === 'sqlite' ? dirname(place.path) : undefined
}
