import type { LooseLabels, Tracker } from './collectors/track.ts'
import type { Settings } from './config.ts'
import type { Draft } from './core/event.ts'
import type { Registry } from './core/registry.ts'
import type { Clock } from './core/time.ts'
import { told } from './core/told.ts'
import type { Guard } from './guard.ts'
import { LlmCollector } from './llm/collector.ts'
import { llmHub } from './llm/hub.ts'
import { Ledger } from './llm/ledger.ts'
import { Llm } from './llm/llm.ts'
import { wrapClient } from './llm/nets/wrap.ts'
import { LateWatcher } from './llm/late.ts'
import { type Origin, origins } from './llm/origin.ts'
import { PaidWatcher } from './llm/paid.ts'
import { PriceList } from './llm/prices/list.ts'
import type { Watcher } from './llm/seen.ts'
import { Share } from './llm/share.ts'

/** What Costs are kept with. */
export interface CostsParts {
  readonly settings: Settings
  readonly registry: Registry
  readonly clock: Clock
  readonly guard: Guard
  /** What requests are counted by: calls that these set off are counted here. */
  readonly requests: object
  readonly tracker: Tracker
  /** Counts what is refused, by reason. */
  readonly drops: Map<string, number>
}

/** More than this is no price. */
const MOST_USD = 1e6

/** What the app pays others for: calls of language models and of paid APIs, seen by themselves or told by hand. */
export class Costs {
  readonly llm: Llm
  readonly #parts: CostsParts
  readonly #ledger: Ledger
  readonly #prices: PriceList
  readonly #collector: LlmCollector
  readonly #share: Share
  #watcher: LateWatcher | undefined
  #detach: readonly (() => void)[] = []

  constructor(parts: CostsParts) {
    const { settings, registry, clock, guard, drops } = parts
    const { instance, labels: constant, redact, sample, llm } = settings
    this.#parts = parts
    this.#share = new Share(parts.requests, settings.storage)
    this.#prices = new PriceList({ overrides: llm?.prices, failed: (error) => guard.caught('newer prices', error) })
    this.#ledger = new Ledger({ registry, clock, guard, instance, constant, redact, sample })
    this.#collector = new LlmCollector({ ledger: this.#ledger, prices: this.#prices, clock, guard, drops })
    this.llm = new Llm({
      clock,
      guard,
      take: llm === undefined ? undefined : (call, origin) => this.#collector.take(call, origin),
      wrap: wrapClient,
      refuse: (reason, line) => this.#refuse(reason, line),
    })
  }

  /** Begins to see calls; nothing is loaded for it before the first one. */
  attach(): void {
    const { llm } = this.#parts.settings
    if (llm === undefined) return
    const watchers = [this.#llmWatcher(), ...((llm.paidApis ?? []).length > 0 ? [this.#paidWatcher()] : [])]
    this.#share.join()
    this.#parts.guard.run('llm', () => (this.#detach = watchers.map((watcher) => llmHub().attach(watcher))), undefined)
  }

  /** Sees no more calls; those that are not over yet are counted as far as they are known. */
  detach(): void {
    const detach = this.#detach
    this.#detach = []
    for (const one of detach) one()
    this.idle()
    this.#share.leave()
    this.#ledger.close()
  }

  /** Nothing goes on any more: what providers do in the background will not be fetched. */
  idle(): void {
    this.#watcher?.close()
  }

  /** What something cost that was not seen, USD. Never throws. */
  cost(name: string, usd: number, labels: LooseLabels): void {
    const { guard, tracker } = this.#parts
    if (typeof name !== 'string' || name.trim() === '' || name.length > 256)
      return this.#refuse(
        'bad_name',
        `${typeof name === 'string' ? `'${name.slice(0, 80)}'` : typeof name} is no name of a cost`
      )
    if (typeof usd !== 'number' || !(usd >= 0 && usd <= MOST_USD))
      return this.#refuse(
        'bad_value',
        `the cost of '${name.slice(0, 80)}' is ${told(usd)}, and no amount of USD from 0`
      )
    const record = (): void => {
      const clean = tracker.labels(name, labels)
      if (clean !== undefined) this.#ledger.other(name, Math.round(usd * 1e9), clean, originNow())
    }
    guard.run('cost', record, undefined)
  }

  /** Resolves once all calls seen so far are recorded, but for those of requests whose endpoint is not known yet. */
  async settle(last: boolean = false): Promise<void> {
    await this.#watcher?.settled
    await this.#collector.settle()
    this.#ledger.settle(last)
  }

  drain(): Draft[] {
    return this.#collector.drain()
  }

  /** What answers about costs say of prices. */
  facts(): Readonly<Record<string, unknown>> {
    const { settings, clock } = this.#parts
    return { llm: settings.llm !== undefined, prices: this.#prices.age(clock.now()) }
  }

  #llmWatcher(): Watcher {
    const { clock, guard, settings } = this.#parts
    this.#watcher = new LateWatcher({
      sink: (call, origin) => {
        if (this.#share.has(origin as Origin | undefined)) this.#collector.take(call, origin as Origin | undefined)
      },
      missed: (url, why) => {
        if (this.#share.has(originNow())) this.#collector.missed(url, why)
      },
      origin: originNow,
      clock,
      guard,
      hosts: settings.llm?.hosts,
    })
    return this.#watcher
  }

  #paidWatcher(): Watcher {
    return new PaidWatcher({
      apis: this.#parts.settings.llm?.paidApis ?? [],
      paid: (name, host, usd, origin) => {
        const account = origin as Origin | undefined
        if (this.#share.has(account)) this.#ledger.other(name, Math.round(usd * 1e9), { provider: host }, account)
      },
      origin: originNow,
      guard: this.#parts.guard,
    })
  }

  #refuse(reason: string, line: string): void {
    const { drops, guard } = this.#parts
    drops.set(reason, (drops.get(reason) ?? 0) + 1)
    guard.once(`${reason} ${line.slice(0, 80)}`, `not recorded: ${line}`)
  }
}

function originNow(): Origin | undefined {
  return origins().getStore()
}
