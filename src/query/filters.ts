import { isLabelKey } from '../core/labels.ts'
import { MetricsError } from '../errors.ts'
import { statusClass } from '../names.ts'
import { SERIES } from './folding.ts'
import type { Params } from './params.ts'
import type { Filter } from './question.ts'

/** Labels of built-in metrics: a parameter of this name is a filter, whatever has been recorded. */
const BUILT_IN = new Set('endpoint method status status_class provider model feature type instance release'.split(' '))
/** More values than this are no filter but a list. */
const MOST_VALUES = 200

/** Parameters as filters; those whose name can be no label are left out. MetricsError `bad_filter`. */
export function parseFilters(rest: Params): Filter[] {
  const filters: Filter[] = []
  for (const [name, value] of rest) {
    const escaped = name.startsWith('label.')
    const label = escaped ? name.slice('label.'.length) : name
    if (!isLabelKey(label)) {
      if (escaped) throw bad(name, 'is not a name of a label', 'Names of labels are letters, digits and _.')
      continue
    }
    filters.push(parseFilter(name, label, value, escaped || BUILT_IN.has(label)))
  }
  return join(filters)
}

function parseFilter(name: string, label: string, value: string, sure: boolean): Filter {
  const not = value.startsWith('!')
  const values = [...new Set((not ? value.slice(1) : value).split(',').map((each) => each.trim()))]
  if (values.length > MOST_VALUES)
    throw bad(name, `has ${values.length} values`, `At most ${MOST_VALUES} can be asked for at once.`)
  const classes = label === 'status' && values.every((each) => /^([1-5]xx|aborted)$/.test(each))
  return { label: classes ? 'status_class' : label, values, not, ...(sure ? {} : { maybe: true }) }
}

/** `status=200&status=404` is `status=200,404`. */
function join(filters: readonly Filter[]): Filter[] {
  const joined: Filter[] = []
  for (const filter of filters) {
    const at = joined.findIndex((each) => each.label === filter.label && each.not === filter.not)
    if (at < 0) joined.push(filter)
    else joined[at] = { ...joined[at]!, values: [...joined[at]!.values, ...filter.values] }
  }
  return joined
}

function bad(name: string, what: string, hint: string): MetricsError {
  return new MetricsError('bad_filter', `${name.slice(0, 64)} ${what}.`, { parameter: name.slice(0, 64), hint })
}

/** The value of a label; `status_class` follows from `status`, and `SERIES` is all of them. */
export function valueOf(labels: ReadonlyMap<string, string>, label: string): string | undefined {
  if (label === SERIES) return JSON.stringify([...labels])
  const value = labels.get(label)
  if (value !== undefined || label !== 'status_class') return value
  const status = labels.get('status')
  return status === undefined ? undefined : statusClass(status)
}

/** Whether a label set meets a condition; a label that it lacks counts as empty. */
export function meets(labels: ReadonlyMap<string, string>, filter: Filter): boolean {
  const value = valueOf(labels, filter.label) ?? ''
  return filter.values.some((pattern) => matches(value, pattern)) !== filter.not
}

/** Whether `text` is `pattern`, in which `*` stands for any run of characters. Takes length × length steps at most. */
export function matches(text: string, pattern: string): boolean {
  let [at, star, resume] = [0, -1, 0]
  for (let i = 0; i < text.length;) {
    // Stars first: in a text, too, a star is an ordinary character.
    if (pattern[at] === '*') {
      star = at++
      resume = i
    } else if (at < pattern.length && pattern[at] === text[i]) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++resume
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
