import { breather } from '../core/breathe.ts'
import { halves, hash } from '../core/ids.ts'
import { labelsText } from '../core/labels.ts'
import { labelText } from '../exporters/exposition.ts'
import type { Dictionary } from '../query/dictionary.ts'

const NO_LABELS = hash(labelsText({}))
/** Ids looked up in one go. */
const STEP = 250

/** What stands between the braces of a series, by the id of its label set; made once, because labels never change. */
export class LabelTexts {
  readonly #texts = new Map<string, string>()
  readonly #breathe = breather(2)

  /** Undefined while the store does not know the labels. */
  get(id: string): string | undefined {
    return this.#texts.get(id)
  }

  /** Makes the texts of those ids that are new. */
  async learn(ids: Iterable<string>, dictionary: Dictionary): Promise<void> {
    const missing = [...ids].filter((id) => !this.#texts.has(id))
    for (let from = 0; from < missing.length; from += STEP) {
      const some = missing.slice(from, from + STEP)
      const labelsAt = await dictionary.labels(Uint32Array.from(some.flatMap((id) => [...halves(id)])))
      some.forEach((id, at) => {
        const labels = labelsAt(at)
        if (labels.size > 0 || id === NO_LABELS) this.#texts.set(id, labelText(labels))
      })
      const pause = this.#breathe()
      if (pause !== undefined) await pause
    }
  }
}
