import { LABEL_LIMITS } from '../core/labels.ts'
import { told } from '../core/told.ts'
import { MetricsError } from '../errors.ts'
import type { PaidApi } from './paid.ts'
import { checkPrices, type PriceOverrides } from './prices/overrides.ts'
import { isOn } from './switch.ts'

/** What the option `llm` can say. */
export interface LlmOptions {
  /** Prices of your own, before all others, by model or `provider/model`: USD for a million tokens. */
  readonly prices?: PriceOverrides
  /** Other APIs that cost money by the call: e-mail, SMS, search. */
  readonly paidApis?: readonly PaidApi[]
  /** Which provider is behind a host of your own, such as a gateway: `{ 'llm.internal:4000': 'openai' }`. */
  readonly hosts?: Readonly<Record<string, string>>
}

const KNOWN: readonly string[] = ['prices', 'paidApis', 'hosts']
const MOST_APIS = 100
/** More is no price of one call. */
const MOST_USD = 1e6

/** Checks the option `llm`, or METRICS_LLM where it is not given; undefined: nothing is watched. Throws `bad_option`. */
export function llmOptions(given: unknown, variable: string | undefined): LlmOptions | undefined {
  if (given === false || (given === undefined && !watches(variable))) return undefined
  if (given === undefined || given === true) return {}
  if (!isObject(given)) return bad('llm', shown(given), 'Give an object such as { paidApis: [ … ] }, or false.')
  for (const key of Object.keys(given)) {
    if (!KNOWN.includes(key)) bad(`llm.${key}`, 'is no option', `Known are: ${KNOWN.join(', ')}.`)
  }
  checkPrices(given['prices'])
  const { paidApis, hosts } = given
  if (paidApis !== undefined) checkApis(paidApis)
  if (hosts !== undefined) checkHosts(hosts)
  return { ...given }
}

function watches(variable: string | undefined): boolean {
  return isOn(variable) ?? bad('METRICS_LLM', shown(variable), 'Give on or off.')
}

function checkApis(given: unknown): void {
  const fix = "Give a list such as [{ match: 'api.resend.com/emails', usd: 0.001 }]."
  if (!Array.isArray(given)) return bad('llm.paidApis', shown(given), fix)
  if (given.length > MOST_APIS) bad('llm.paidApis', `has ${given.length} entries`, `Give at most ${MOST_APIS}.`)
  given.forEach((api: unknown, at) => {
    const option = `llm.paidApis[${at}]`
    if (!isObject(api)) return bad(option, shown(api), fix)
    const { match, usd, name } = api
    const matches = typeof match === 'function' || match instanceof RegExp
    if (!matches && (typeof match !== 'string' || match.trim() === ''))
      bad(
        `${option}.match`,
        shown(match),
        'Give a host and path, where * stands for any characters, a RegExp or a function.'
      )
    if (typeof usd !== 'number' || !(usd >= 0 && usd <= MOST_USD))
      bad(`${option}.usd`, shown(usd), 'Give what one call costs, in USD: 0.001.')
    if (name !== undefined && !isName(name)) bad(`${option}.name`, shown(name), 'Give a text of 1 to 256 characters.')
  })
}

function checkHosts(given: unknown): void {
  const fix = "Give an object such as { 'llm.internal:4000': 'openai' }."
  if (!isObject(given)) return bad('llm.hosts', shown(given), fix)
  for (const [host, provider] of Object.entries(given)) {
    if (host === '' || /[\s/]/.test(host))
      bad('llm.hosts', `has the key '${host.slice(0, 80)}'`, `Keys are hosts. ${fix}`)
    if (!isName(provider)) bad(`llm.hosts['${host.slice(0, 80)}']`, shown(provider), fix)
  }
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= LABEL_LIMITS.value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function bad(option: string, problem: string, fix: string): never {
  throw new MetricsError('bad_option', `Option \`${option}\` ${problem}. ${fix}`, { parameter: option, hint: fix })
}

function shown(value: unknown): string {
  return `is ${told(value)}`
}
