import { anthropic } from './dialects/anthropic.ts'
import { bedrock } from './dialects/bedrock.ts'
import { cohere } from './dialects/cohere.ts'
import { gateway } from './dialects/gateway.ts'
import { google } from './dialects/google.ts'
import { media } from './dialects/media.ts'
import { ollama } from './dialects/ollama.ts'
import { openai } from './dialects/openai.ts'
import { responses } from './dialects/responses.ts'
import type { Asked, Dialect, Facts } from './facts.ts'
import { isRecord } from './json.ts'
import type { Doc } from './sieve.ts'

/** Those that name themselves first; the one that many speak last. */
const DIALECTS: readonly Dialect[] = [gateway, responses, anthropic, google, cohere, ollama, bedrock, media, openai]

/** Reads a document of an answer into `facts`; false: it is none that a model gives. */
export function readAnswer(doc: Doc, facts: Facts, asked: Asked): boolean {
  // A stream that breaks off says so in an event of its own, in whatever form it began.
  if (isError(doc)) facts.failed = true
  if (facts.dialect?.read(doc, facts, asked) === true) return true
  facts.dialect = DIALECTS.find((dialect) => dialect.read(doc, facts, asked))
  return facts.dialect !== undefined
}

function isError(doc: Doc): boolean {
  return doc['error'] === true || isRecord(doc['error']) || doc['type'] === 'error' || doc['object'] === 'error'
}
