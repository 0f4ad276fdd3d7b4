import type { Match, Row } from './rates.ts'

/**
 * What may follow the name of a model without making it another one: a date, `-latest`, `-preview`, `-v1:0`. A number
 * of one or two digits is a version, and a newer model is never given the price of an older one.
 */
const SAME =
  /^(?:[-.@:/](?:\d{4}-\d\d-\d\d|\d\d-\d{4}|\d\d-\d\d|\d{8}|\d{6}|\d{4}|00\d|v\d(?::\d{1,2})?|\d+k|latest|preview|exp|experimental|beta|stable|default|high|instruct|it|maas))*$/

/** A date at the end of a name, and what providers write behind it. */
const DATE = /[-@](?:20\d\d-\d\d-\d\d|20\d{6})(?:-v\d(?::\d{1,2})?)?$/

/** `-20250929` as `-2025-09-29`. */
const COMPACT = /(-20\d\d)(\d\d)(\d\d)(?=-|:|$)/g

/** The spellings under which a model is looked for: as it is called, with its date spelt out, without its date. */
export function spellings(name: string): readonly string[] {
  return [...new Set([name, name.replace(COMPACT, '$1-$2-$3'), name.replace(DATE, '')])]
}

/** Whether the name is of this row: as the catalogue matches it, but a beginning matches only the same model. */
export function matches(row: Row, name: string): boolean {
  return test(row.match, name, row.id)
}

function test(match: Match, name: string, id: string): boolean {
  if (typeof match === 'string') return leaf(match.charAt(0), match.slice(1), name, id)
  if ('all' in match) return match.all.every((one) => test(one, name, id))
  return match.some((one) => test(one, name, id))
}

function leaf(sign: string, text: string, name: string, id: string): boolean {
  switch (sign) {
    case '=':
      return name === text
    case '^':
      return name.startsWith(text) && follows(text, name.slice(text.length), id)
    case '$':
      return name.endsWith(text) && routes(name.slice(0, -text.length))
    case '*':
      return within(text, name, id)
    default:
      return new RegExp(text).test(name)
  }
}

function within(text: string, name: string, id: string): boolean {
  const at = name.indexOf(text)
  if (at < 0) return false
  return routes(name.slice(0, at)) && follows(text, name.slice(at + text.length), id)
}

/** `us.`, `anthropic/`, `publishers/google/models/`: who sells it, not what it is. */
function routes(before: string): boolean {
  return before === '' || /[./:]$/.test(before)
}

function follows(text: string, rest: string, id: string): boolean {
  // A beginning may end in the middle of a date: `claude-sonnet-4-2025`, `gemini-2.0-flash-0`.
  const [cut = ''] = rest === '' || /^[-.@:/]/.test(rest) ? [] : (/[^-.@:/]*$/.exec(text) ?? [])
  const behind = cut === '' && (rest === '' || /^[-.@:/]/.test(rest)) ? rest : `-${cut}${rest}`
  return SAME.test(behind) && generation(behind, id)
}

/** `-v2` is another model, unless the row is of the second. */
function generation(rest: string, id: string): boolean {
  const [, version] = /[-.@:](v\d)/.exec(rest) ?? []
  return version === undefined || version === 'v1' || id.includes(version)
}
