import { FrameStream } from './frames.ts'
import { ANSWER, CHUNK } from './mesh.ts'
import { type Doc, Sieve } from './sieve.ts'
import { EventStream } from './sse.ts'

/** Who is told what an answer says. */
export interface AnswerSink {
  doc(doc: Doc): void
  /** The stream itself says that it failed. */
  failed(): void
  /** `[DONE]`: nothing follows. */
  done(): void
}

/** How an answer is cut into documents: not known yet, JSON (also by lines), events, frames of AWS, none of these. */
export type Form = '' | 'json' | 'events' | 'frames' | 'other'

const LONGEST_CHUNK = 1_500_000

/** Cuts an answer into documents, whatever pieces it comes in. */
export class Answer {
  readonly #sink: AnswerSink
  readonly #sieve: Sieve
  #events: EventStream | undefined
  #frames: FrameStream | undefined
  #form: Form = ''

  constructor(type: string, sink: AnswerSink) {
    this.#sink = sink
    this.#sieve = new Sieve(ANSWER, (doc) => sink.doc(doc))
    if (/^(audio|image|video)\//.test(type)) this.#form = 'other'
    else if (type.includes('vnd.amazon.eventstream')) this.#begin('frames')
  }

  get form(): Form {
    return this.#form
  }

  feed(bytes: Uint8Array): void {
    // Content types lie: gateways send events as plain text, and errors as whatever was asked for.
    if (this.#form === '') this.#begin(formOf(bytes))
    if (this.#form === 'json') this.#sieve.feed(bytes)
    else this.#events?.feed(bytes)
    this.#frames?.feed(bytes)
  }

  /** Nothing follows; gives what there is of a document that was cut off. */
  end(): Doc | undefined {
    this.#events?.end()
    return this.#sieve.reset()
  }

  #begin(form: Form): void {
    this.#form = form
    if (form === 'events') this.#events = this.#readEvents()
    if (form === 'frames') this.#frames = this.#readFrames()
  }

  #readEvents(): EventStream {
    return new EventStream({
      part: (bytes, from, to) => this.#sieve.feed(bytes, from, to),
      event: (name, done) => {
        this.#sieve.reset()
        if (name === 'error') this.#sink.failed()
        if (done) this.#sink.done()
      },
    })
  }

  #readFrames(): FrameStream {
    // InvokeModel has the model's own JSON as base64 in a frame called `chunk`.
    const unpack = (doc: Doc): void => {
      if (typeof doc['bytes'] !== 'string') return
      this.#sieve.feed(Buffer.from(doc['bytes'], 'base64'))
      this.#sieve.reset()
    }
    const chunks = new Sieve(CHUNK, unpack, LONGEST_CHUNK)
    let into = this.#sieve
    return new FrameStream({
      frame: (headers) => {
        into = headers.get(':event-type') === 'chunk' ? chunks : this.#sieve
        if (/^(exception|error)$/.test(headers.get(':message-type') ?? '')) this.#sink.failed()
      },
      part: (bytes, from, to) => into.feed(bytes, from, to),
      frameEnded: () => void into.reset(),
    })
  }
}

/** By the first byte that is no space and no byte order mark; '' while there is none. */
function formOf(bytes: Uint8Array): Form {
  const first = bytes.find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf)
  if (first === undefined) return ''
  const sign = String.fromCharCode(first)
  return sign === '{' || sign === '[' ? 'json' : ':deir'.includes(sign) ? 'events' : 'other'
}
