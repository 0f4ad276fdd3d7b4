import { isLabelKey, type Labels } from '../core/labels.ts'
import { MINUTE, SECOND } from '../core/time.ts'
import { settleCondition } from './condition.ts'
import { LINE_HINT, readLine } from './line.ts'
import { settleMute } from './mute.ts'
import { READY } from './ready.ts'
import { number, onlyKnown, refuse, shown, span, texts, word } from './refuse.ts'
import type { NoData, Rule, RuleOptions, Where } from './rule.ts'
import { isShaky, settleAggregate, settleMetric } from './subject.ts'
import { textOf } from './words.ts'

/** What rules are settled with. */
export interface Surroundings {
  readonly timezone: string
  /** Names of notifiers. */
  readonly notifiers: readonly string[]
}

const KNOWN: readonly string[] = (
  'name use when metric dividedBy aggregate window filter groupBy op threshold absent change budget for resolve ' +
  'keepFiring minSamples noData repeatEvery severity labels mute notify'
).split(' ')
/** The shortest window that the data can tell. */
const LEAST_WINDOW = MINUTE
const MOST_LABELS = 3

/** A rule with everything settled; throws `bad_option` that names rule and field. */
export function settleRule(given: unknown, by: Surroundings): Rule {
  const asked = typeof given === 'string' ? ofText(given) : given
  onlyKnown('alerts.rules', asked, KNOWN)
  const said = asked as RuleOptions
  const name = nameOf(said)
  const where = (field: string): string => `rule '${name}': ${field}`
  const options = spelledOut(said, where)
  const parts = subjectOf(options, where)
  const condition = settleCondition(options, where, by.timezone)
  const shaky = isShaky(parts.metric, parts.aggregate, parts.dividedBy) && condition.kind !== 'absent'
  const rule = {
    name,
    ...parts,
    condition,
    for: span(where('for'), options.for, 0),
    keepFiring: span(where('keepFiring'), options.keepFiring, 0),
    minSamples: number(where('minSamples'), options.minSamples, shaky ? 20 : 0),
    noData: noDataOf(where('noData'), options.noData, parts.window),
    repeatEvery:
      options.repeatEvery === null ? null : span(where('repeatEvery'), options.repeatEvery, 240 * MINUTE, SECOND),
    severity: word(where('severity'), options.severity, ['info', 'warning', 'critical'] as const, 'warning'),
    labels: labelsOf(where('labels'), options.labels),
    mute: settleMute(where('mute'), options.mute, by.timezone),
    notify: notifyOf(where('notify'), options.notify, by.notifiers),
  }
  return { ...rule, text: textOf(rule) }
}

/** A lone text is the name of a ready-made rule, or a line. */
function ofText(text: string): RuleOptions {
  return READY.has(text) ? { use: text } : { name: text, when: text }
}

function nameOf({ name, use }: RuleOptions): string {
  const called = name ?? use
  if (typeof called === 'string' && called.trim() !== '' && called.length <= 200 && !/\p{Cc}/u.test(called))
    return called
  return refuse('alerts.rules: name', shown(called), 'Give each rule a name of 1 to 200 characters.')
}

/** What a ready-made rule and a line say, under what is said in parts. */
function spelledOut(said: RuleOptions, where: (field: string) => string): RuleOptions {
  const ready = said.use === undefined ? {} : READY.get(said.use)
  if (ready === undefined) refuse(where('use'), shown(said.use), `Choose one of: ${[...READY.keys()].join(', ')}.`)
  const when = said.when ?? ready.when
  if (when === undefined) return { ...ready, ...said }
  if (typeof when !== 'string') refuse(where('when'), shown(when), LINE_HINT)
  const read = readLine(when)
  if (typeof read === 'string') refuse(where('when'), `${read}: '${when.slice(0, 80)}'`, LINE_HINT)
  return { ...ready, ...read, ...said }
}

type Subject = Pick<Rule, 'metric' | 'dividedBy' | 'aggregate' | 'window' | 'where' | 'groupBy'>

function subjectOf(options: RuleOptions, where: (field: string) => string): Subject {
  if (options.budget !== undefined) return ofBudget(options, where)
  if (options.metric === undefined) refuse(where('metric'), 'is missing', LINE_HINT)
  const metric = settleMetric(where('metric'), options.metric)
  const dividedBy = options.dividedBy === undefined ? null : settleMetric(where('dividedBy'), options.dividedBy)
  if (dividedBy !== null && options.aggregate !== undefined && options.aggregate !== 'sum') {
    refuse(where('aggregate'), shown(options.aggregate), 'Leave it out: a ratio is one of sums.')
  }
  return {
    metric,
    dividedBy,
    aggregate: dividedBy === null ? settleAggregate(where('aggregate'), options.aggregate, metric) : 'sum',
    window: span(where('window'), options.window, 5 * MINUTE, LEAST_WINDOW),
    where: whereOf(where('filter'), options.filter),
    groupBy: groupByOf(where('groupBy'), options.groupBy),
  }
}

function ofBudget(options: RuleOptions, where: (field: string) => string): Subject {
  const strange = (
    ['metric', 'op', 'threshold', 'window', 'groupBy', 'filter', 'aggregate', 'dividedBy'] as const
  ).find((field) => options[field] !== undefined)
  if (strange !== undefined) refuse(where(strange), 'does not go with a budget', 'Leave it out.')
  const { endpoint, model, feature } = options.budget ?? {}
  const labels = Object.entries({ endpoint, model, feature }).filter(([, value]) => value !== undefined)
  const filter = whereOf(where('budget'), Object.fromEntries(labels))
  return { metric: 'llm_cost_usd', dividedBy: null, aggregate: 'sum', window: 0, where: filter, groupBy: [] }
}

function whereOf(option: string, given: unknown): Where {
  if (given === undefined) return {}
  if (typeof given !== 'object' || given === null)
    refuse(option, shown(given), "Give labels such as { endpoint: '/pay' }.")
  for (const [label, value] of Object.entries(given)) {
    if (!isLabelKey(label)) refuse(option, `has the label '${label.slice(0, 40)}'`, 'Labels are letters, digits and _.')
    if (typeof value !== 'string') texts(`${option}: ${label}`, value)
  }
  return given as Where
}

function groupByOf(option: string, given: unknown): readonly string[] {
  if (given === undefined) return []
  const labels = texts(option, given)
  const strange = labels.find((label) => !isLabelKey(label))
  if (strange !== undefined) refuse(option, `has '${strange.slice(0, 40)}'`, 'Give labels, such as endpoint.')
  if (labels.length > MOST_LABELS)
    refuse(option, `has ${labels.length} labels`, `At most ${MOST_LABELS} can be told apart.`)
  return labels
}

function noDataOf(option: string, given: unknown, window: number): NoData {
  if (given === undefined) return { policy: 'keep', after: 0, said: false }
  const said = typeof given === 'string' ? (/^alert\((.+)\)$/.exec(given)?.[1] ?? given) : given
  if (said !== given) return { policy: 'alert', after: span(option, said, 0), said: true }
  if (typeof given === 'object' && given !== null) {
    onlyKnown(option, given, ['alert'])
    return { policy: 'alert', after: span(option, (given as { alert: unknown }).alert, 0), said: true }
  }
  const policy = word(option, given, ['keep', 'ok', 'alert'] as const)
  return { policy, after: policy === 'alert' ? window : 0, said: true }
}

function labelsOf(option: string, given: unknown): Labels {
  if (given === undefined) return {}
  if (typeof given !== 'object' || given === null) refuse(option, shown(given), "Give labels such as { team: 'shop' }.")
  for (const [key, value] of Object.entries(given)) {
    if (!isLabelKey(key) || typeof value !== 'string')
      refuse(option, `has '${key.slice(0, 40)}'`, 'Give texts by name.')
  }
  return { ...given }
}

function notifyOf(option: string, given: unknown, notifiers: readonly string[]): readonly string[] {
  if (given === undefined) return notifiers
  const names = texts(option, given)
  const known = notifiers.length === 0 ? 'there is none in alerts.notifiers' : `there are: ${notifiers.join(', ')}`
  const strange = names.find((name) => !notifiers.includes(name))
  if (strange !== undefined) refuse(option, `names '${strange.slice(0, 40)}'`, `Name notifiers; ${known}.`)
  return [...new Set(names)]
}
