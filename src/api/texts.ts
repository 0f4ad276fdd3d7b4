import { breather } from '../core/breathe.ts'
import { halves, hash, IdIndex } from '../core/ids.ts'
import { labelsText } from '../core/labels.ts'
import { labelText } from '../exporters/exposition.ts'
import type { Dictionary } from '../query/dictionary.ts'

const [NO_HI, NO_LO] = halves(hash(labelsText({})))
/** Ids looked up in one go. */
const STEP = 250
/** As many as the dictionary keeps of label sets. */
const KEPT = 200_000

/** What stands between the braces of a series, by the id of its label set; made once, because labels never change. */
export class LabelTexts {
  #index = new IdIndex()
  #texts: string[] = []
  readonly #breathe = breather(2)
  readonly #without: string | undefined
  #left: (string | undefined)[] = []

  /** `without` is a label that is left out of the texts. */
  constructor(without?: string) {
    this.#without = without
  }

  /** Called before texts are learned and used: of more than are kept all are forgotten, and those in use made again. */
  forget(): void {
    if (this.#texts.length <= KEPT) return
    this.#index = new IdIndex()
    this.#texts = []
    this.#left = []
  }

  /** The value of the label that was left out. */
  left(hi: number, lo: number): string | undefined {
    return this.#left[this.#index.find(hi, lo)]
  }

  /** Undefined while the store does not know the labels. */
  get(hi: number, lo: number): string | undefined {
    return this.#texts[this.#index.find(hi, lo)]
  }

  /** Makes the texts of those ids (two halves each) that are new. */
  async learn(ids: Uint32Array, dictionary: Dictionary): Promise<void> {
    const missing: number[] = []
    for (let at = 0; at < ids.length; at += 2) {
      if (this.#index.find(ids[at]!, ids[at + 1]!) < 0) missing.push(ids[at]!, ids[at + 1]!)
    }
    for (let from = 0; from < missing.length; from += 2 * STEP) {
      const some = Uint32Array.from(missing.slice(from, from + 2 * STEP))
      const labelsAt = await dictionary.labels(some)
      for (let at = 0; at < some.length / 2; at++) {
        const [hi, lo] = [some[2 * at]!, some[2 * at + 1]!]
        const labels = labelsAt(at)
        if (labels.size > 0 || (hi === NO_HI && lo === NO_LO)) this.#learn(this.#index.add(hi, lo), labels)
      }
      const pause = this.#breathe()
      if (pause !== undefined) await pause
    }
  }

  #learn(at: number, labels: ReadonlyMap<string, string>): void {
    const without = this.#without
    if (without === undefined) this.#texts[at] = labelText(labels)
    else {
      this.#texts[at] = labelText(new Map([...labels].filter(([label]) => label !== without)))
      this.#left[at] = labels.get(without)
    }
  }
}
