import type { Op, RuleOptions, Where } from './rule.ts'

/** What a line says, in the parts of the object form; a text when it says nothing that can be understood. */
export type Said = Partial<RuleOptions> | string

const EXAMPLES =
  "'http_error_rate > 5 over 5m', 'p95(http_latency_ms) > 800 over 10m by endpoint', 'orders absent over 1h'"
const SUBJECT = String.raw`(?:(?<agg>[a-z]\w*)\(\s*)?(?<metric>[A-Za-z_][\w.:-]*)(?:\{(?<where>[^}]*)\})?(?<close>\s*\))?`
const RATIO = String.raw`(?:\s*\/\s*(?<by>[A-Za-z_][\w.:]*))?`
const TAILS = String.raw`(?<tails>(?:\s+(?:over|for|by|against|vs)\s+\S.*)?)`
const THRESHOLD = new RegExp(
  `^${SUBJECT}${RATIO}\\s*(?<op>[^\\s\\w.(){}/-]+|-+>)\\s*(?<value>\\S+?)\\s*(?<unit>%|ms)?${TAILS}$`
)
const ABSENT = new RegExp(`^${SUBJECT}\\s+(?:is\\s+)?absent${TAILS}$`)
const CHANGE = new RegExp(`^${SUBJECT}\\s+(?<way>drops|rises)\\s+(?:by\\s+)?(?<value>\\d+(?:\\.\\d+)?)\\s*%?${TAILS}$`)
const TAIL = /\s+(over|for|by|against|vs)\s+(.+?)(?=\s+(?:over|for|by|against|vs)\s|$)/g
const OPS: readonly string[] = ['>', '>=', '<', '<=', '==', '!=', '=']

/** Understands the one-line form: `metric > 5 over 5m for 2m by endpoint`. */
export function readLine(line: string): Said {
  const text = line.trim()
  if (text.length > 500) return 'is longer than 500 characters'
  const found = CHANGE.exec(text) ?? ABSENT.exec(text) ?? THRESHOLD.exec(text)
  if (!found?.groups) return 'cannot be understood'
  const { agg, metric, where, close, by, op, value = '', way, tails = '' } = found.groups
  if ((agg === undefined) !== (close === undefined)) return 'has a bracket too many or too few'
  const filter = where === undefined ? {} : readWhere(where)
  if (typeof filter === 'string') return filter
  const tail = readTails(tails)
  if (typeof tail === 'string') return tail
  const { against, ...rest } = tail
  const subject = {
    metric: metric!,
    ...(agg === undefined ? {} : { aggregate: agg }),
    ...(by === undefined ? {} : { dividedBy: by }),
    ...(where === undefined ? {} : { filter }),
    ...rest,
  }
  if (way !== undefined) {
    return { ...subject, change: { [way]: Number(value), ...(against === undefined ? {} : { against }) } }
  }
  if (against !== undefined) return "says 'against', which is for 'drops' and 'rises'"
  if (op === undefined) return { ...subject, absent: true }
  if (!OPS.includes(op)) return `has the operator '${op.slice(0, 10)}', and known are > >= < <= == !=`
  if (!/^-?\d+(\.\d+)?$/.test(value)) return `compares with '${value.slice(0, 40)}', which is no number`
  return { ...subject, op: (op === '=' ? '==' : op) as Op, threshold: Number(value) }
}

/** What to write instead. */
export const LINE_HINT: string = `Write a line such as ${EXAMPLES}.`

interface Tails {
  window?: string
  for?: string
  groupBy?: readonly string[]
  against?: 'previous' | 'week'
}

function readTails(text: string): Tails | string {
  const tails: Tails = {}
  let read = 0
  for (const [whole, word, value = ''] of text.matchAll(TAIL)) {
    read += whole.length
    const said = value.trim()
    if (word === 'over') tails.window = said
    else if (word === 'for') tails.for = said
    else if (word === 'by') tails.groupBy = said.split(',').map((one) => one.trim())
    else if (/^(the )?(last |same hour last )?week$/.test(said)) tails.against = 'week'
    else if (/^(the )?previous( period)?$/.test(said)) tails.against = 'previous'
    else return `compares against '${said.slice(0, 40)}', and known are 'previous' and 'last week'`
  }
  return read === text.length ? tails : 'cannot be understood to its end'
}

function readWhere(text: string): Where | string {
  const where: Record<string, string> = {}
  for (const part of text.split(/,(?=\s*\w+\s*!?=)/)) {
    const [, label, not, value] = /^\s*(\w+)\s*(!?)=\s*"?([^"]*?)"?\s*$/.exec(part) ?? []
    if (label === undefined || value === undefined)
      return `has the filter '${part.trim().slice(0, 40)}', and not label=value`
    Object.defineProperty(where, label, { value: `${not}${value}`, enumerable: true })
  }
  return where
}
