import { breather } from '../core/breathe.ts'
import { hash, hex, IdIndex } from '../core/ids.ts'
import { type MetricName, parseName } from '../core/labels.ts'
import { BUILT_IN, UNLISTED } from '../names.ts'
import type { Name, StorageDriver } from '../storage/driver.ts'

/** Label sets remembered; when churn brings more, all are forgotten and those in use read again. */
const KEPT_LABELS = 200_000
/** What an id stands for whose name the store does not have: no labels, as far as is known. */
export const NAMELESS: ReadonlyMap<string, string> = new Map()

/** What the ids in boxes stand for; remembers what the driver's names() said. */
export class Dictionary {
  readonly #driver: StorageDriver
  readonly #metrics = new Map<string, MetricName>()
  #index = new IdIndex()
  #labels: ReadonlyMap<string, string>[] = []
  /** When all names were read last; they are read again, at most once a second, when one is missing. */
  #read = -Infinity
  #reading: Promise<void> = Promise.resolve()
  /** What the driver said of changes before they were read. */
  #version: string | undefined

  constructor(driver: StorageDriver) {
    this.#driver = driver
  }

  /** Takes in names that are being put, so that they need not be read back. */
  learn(names: Iterable<Name>): void {
    for (const { id, text } of names) {
      const name = parseName(text)
      if (name !== undefined) this.#learn(id, name)
    }
  }

  /** Makes sure that metrics of these names are known if the store knows them. */
  async find(names: readonly string[], now: number): Promise<void> {
    if (this.#read !== -Infinity && names.every((name) => this.#metrics.has(name))) return
    // By their ids at once: another process may have put one just now, and all names are not read again that soon.
    const missing = names.filter((name) => !this.#metrics.has(name) && !BUILT_IN.has(name))
    if (missing.length > 0) await this.#ask(missing.map(metricId))
    await this.refresh(now)
  }

  /** Reads all names, unless that was done less than `age` ms before `now`; metrics that the store has forgotten are, too. */
  async refresh(now: number, age: number = 1_000): Promise<void> {
    // Who comes meanwhile must not take what is known by then for all.
    if (Math.abs(now - this.#read) < age) return this.#reading
    this.#read = now
    const read = this.#readAll()
    this.#reading = read.catch(() => undefined)
    return read
  }

  async #readAll(): Promise<void> {
    const version = await this.#driver.version?.()
    if (version !== undefined && version === this.#version) return
    // What is learned meanwhile may come too late to be read.
    const gone = new Set(this.#metrics.keys())
    const breathe = breather(1)
    for await (const { id, text } of this.#driver.names()) {
      if (this.#index.findHex(id) >= 0) continue
      const name = parseName(text)
      if (name === undefined) continue
      this.#learn(id, name)
      if ('metric' in name) gone.delete(name.metric)
      const pause = breathe()
      if (pause !== undefined) await pause
    }
    for (const metric of gone) this.#metrics.delete(metric)
    this.#version = version
  }

  /** A metric that was recorded. */
  metric(name: string): MetricName | undefined {
    return this.#metrics.get(name)
  }

  /** All metrics that were recorded and are not forgotten, but those that only stand in for others. */
  metrics(): MetricName[] {
    return [...this.#metrics.values()].filter(({ metric }) => !UNLISTED.has(metric))
  }

  /** Whether any label set has this label. */
  hasLabel(label: string): boolean {
    return this.#labels.some((labels) => labels.has(label))
  }

  /** The labels of each id (pairs of uint32 halves), reading those not known; an id that the store does not know is `NAMELESS`. */
  async labels(ids: Uint32Array): Promise<(at: number) => ReadonlyMap<string, string>> {
    const missing: string[] = []
    for (let at = 0; at < ids.length; at += 2) {
      if (this.#index.find(ids[at]!, ids[at + 1]!) < 0) missing.push(hex(ids[at]!, ids[at + 1]!))
    }
    if (missing.length > 0) await this.#ask(missing)
    const [index, labels] = [this.#index, this.#labels]
    return (at) => labels[index.find(ids[2 * at]!, ids[2 * at + 1]!)] ?? NAMELESS
  }

  async #ask(ids: readonly string[]): Promise<void> {
    if (this.#labels.length + ids.length > KEPT_LABELS) {
      this.#index = new IdIndex()
      this.#labels = []
      this.#version = undefined
    }
    for await (const name of this.#driver.names(ids)) this.learn([name])
  }

  #learn(id: string, name: NonNullable<ReturnType<typeof parseName>>): void {
    if ('metric' in name) this.#metrics.set(name.metric, name)
    else this.#place(id, name.labels)
  }

  #place(id: string, labels: ReadonlyMap<string, string>): void {
    this.#labels[this.#index.addHex(id)] = labels
  }
}

/** The id of a metric in boxes: it depends on nothing but the name. */
export function metricId(name: string): string {
  return hash(name)
}
