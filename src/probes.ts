import type { Probed } from './api/probe.ts'
import { HealthCollector } from './collectors/health.ts'
import type { HttpCollector } from './collectors/http.ts'
import type { Settings } from './config.ts'
import type { Registry } from './core/registry.ts'
import type { Clock } from './core/time.ts'
import { gradeOf } from './health/check.ts'
import { drained } from './health/drain.ts'
import { Health, type Probe } from './health/health.ts'
import { type HealthSettings, settleHealth } from './health/option.ts'
import type { Leaving } from './pipeline/signals.ts'
import type { Attachment } from './server/server.ts'
import { type Guard, oneLine } from './guard.ts'

/** Where the option is false nothing of it is looked at, but what asks for it gets an answer. */
const NOTHING = settleHealth({}, {}) as HealthSettings

/** What probes need of the rest. */
export interface ProbeParts {
  readonly settings: Pick<Settings, 'health' | 'instance' | 'release' | 'log'>
  readonly clock: Clock
  readonly guard: Guard
  readonly registry: Registry
  /** Called once, when draining begins. */
  readonly draining: () => void
}

/** The health of this process, joined with its metrics and with the routes that show it. */
export class Probes {
  readonly health: Health
  readonly #numbers: HealthCollector
  /** How long to serve on after a signal; false: nothing is drained. */
  readonly #delay: number | false

  constructor(parts: ProbeParts) {
    const { settings, clock, guard, registry, draining } = parts
    const { health, instance, release, log } = settings
    const { defaults, manual } = health === false ? NOTHING : health
    const numbers = new HealthCollector(registry, clock)
    this.#numbers = numbers
    this.#delay = health !== false && health.drainDelay
    this.health = new Health({
      clock,
      defaults,
      manual,
      component: { instance, release },
      recognise: () => undefined,
      say: (line) => guard.run('log', () => log(`[pocketmetrics] ${oneLine(line)}`), undefined),
      observed: (name, status, ms) => numbers.checked(name, gradeOf(status), ms),
      draining,
    })
    if (health === false) this.health.end()
  }

  /** What a probe is told, counted. */
  answer(probe: Probe): Probed {
    const { health } = this
    const word = health.word(probe)
    const status = word === 'fail' ? 503 : 200
    this.#numbers.probed(probe, status)
    return { status, word, report: () => health.report(probe), draft: () => health.draft(probe) }
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
