import { amount, text } from './json.ts'
import { REQUEST } from './mesh.ts'
import { type Doc, Sieve } from './sieve.ts'

/** What a request says of itself; none of its texts. */
export interface Request {
  readonly model: string
  readonly stream: boolean
  readonly background: boolean
  /** As it asks for it; '' where it does not. */
  readonly tier: string
  /** `fast`, where it asks for that. */
  readonly speed: string
  /** How many answers it wants. */
  readonly choices: number
  readonly seconds: number
  /** It names a model, or what a model is to do with. */
  readonly speaks: boolean
  /** About how many tokens its text has, four bytes each; pictures and sounds are taken for 1,100. */
  readonly tokens: number
  /** Characters that are to be spoken. */
  readonly characters: number
}

const HEAD = 65_536
const TAIL = 16_384
const MEDIA = 4_400
const LONGEST_PROMPT = 4 * 1024 * 1024
const PROMPTS = 'messages input prompt contents content instances texts documents query inputText requests'.split(' ')

/** Reads the beginning of a body and, of a long one, its end: 20 MB of pictures cost no more than 80 KB of text. */
export function readRequest(body: string | Uint8Array | undefined, operation: string): Request {
  const head = body === undefined ? new Uint8Array(0) : bytesOf(body, 0, HEAD)
  const doc = { ...afterwards(body), ...fields(head), ...form(body, head) }
  const speaks = text(doc['model']) !== '' || PROMPTS.some((key) => doc[key] === true)
  return {
    model: text(doc['model']) || text(doc['modelId']),
    stream: doc['stream'] === true || doc['stream'] === 'true',
    background: doc['background'] === true,
    tier: text(doc['service_tier']),
    speed: text(doc['speed']),
    choices: Math.max(1, amount(doc['n'])),
    seconds: amount(doc['seconds']),
    speaks,
    tokens: Math.ceil(promptBytes(body) / 4),
    characters: operation === 'audio' ? spokenCharacters(body, head) : 0,
  }
}

function bytesOf(body: string | Uint8Array, from: number, to: number): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body.slice(from, to)) : body.subarray(from, to)
}

function fields(head: Uint8Array): Doc {
  let found: Doc | undefined
  const sieve = new Sieve(REQUEST, (doc) => (found ??= doc), 1024)
  sieve.feed(head)
  return found ?? sieve.reset() ?? {}
}

/** What follows a long prompt: a quote within a text has a backslash before it, so these are no words of a prompt. */
function afterwards(body: string | Uint8Array | undefined): Doc {
  if (body === undefined || body.length <= HEAD) return {}
  const end = Buffer.from(bytesOf(body, Math.max(HEAD, body.length - TAIL), body.length)).toString('latin1')
  const word = (key: string): string | undefined =>
    [...end.matchAll(new RegExp(`"${key}"\\s*:\\s*"([^"\\\\]{1,200})"`, 'g'))].at(-1)?.[1]
  const isSet = (key: string): boolean => new RegExp(`"${key}"\\s*:\\s*true`).test(end)
  return {
    model: word('model'),
    service_tier: word('service_tier'),
    speed: word('speed'),
    stream: isSet('stream'),
    background: isSet('background'),
  }
}

/** Fields of `multipart/form-data`, which uploads of sound and pictures are. */
function form(body: string | Uint8Array | undefined, head: Uint8Array): Doc {
  if (body === undefined || head[0] !== 0x2d || head[1] !== 0x2d) return {}
  const end = body.length > HEAD ? bytesOf(body, Math.max(HEAD, body.length - TAIL), body.length) : new Uint8Array(0)
  const part = Buffer.concat([head, end]).toString('latin1')
  const field = (name: string): string | undefined =>
    new RegExp(`name="${name}"\\r\\n(?:[^\\r\\n]+\\r\\n)*\\r\\n([^\\r\\n]{1,200})\\r\\n`).exec(part)?.[1]
  return { model: field('model'), stream: field('stream'), n: field('n'), seconds: field('seconds') }
}

function promptBytes(body: string | Uint8Array | undefined): number {
  if (body === undefined) return 0
  const start = typeof body === 'string' ? body.slice(0, LONGEST_PROMPT) : body.subarray(0, LONGEST_PROMPT)
  const long = start.length > 8192
  const media = !long
    ? -1
    : typeof start === 'string'
      ? start.indexOf('base64')
      : Buffer.from(start.buffer, start.byteOffset, start.length).indexOf('base64')
  return media >= 0 ? media + MEDIA : typeof start === 'string' ? Buffer.byteLength(start) : start.length
}

function spokenCharacters(body: string | Uint8Array | undefined, head: Uint8Array): number {
  if (body === undefined || body.length > HEAD || head[0] !== 0x7b) return 0
  try {
    const { input } = JSON.parse(Buffer.from(head).toString()) as { input?: unknown }
    return typeof input === 'string' ? Array.from(input).length : 0
  } catch {
    return 0
  }
}
