import type { Answer } from '../storage/store.ts'

/** The header by which the data's side says that there is more; it never leaves this process. */
export const CURSOR = 'x-pocketmetrics-cursor'

/** Pieces of a long export, each asked for when the client has taken the one before: slow clients cost nothing. */
export async function* streamed(
  first: Uint8Array,
  cursor: string,
  more: (cursor: string) => Promise<Answer>
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first
  let at: string | undefined = cursor
  while (at !== undefined) {
    const answer: Answer = await more(at)
    yield answer.body
    at = answer.headers[CURSOR]
  }
}
