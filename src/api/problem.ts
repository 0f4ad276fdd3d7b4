import { MetricsError, statusOf } from '../errors.ts'

/** The flat JSON body of every error. `docs` is where it is explained, or null. */
export function problemBody(error: MetricsError, docs: string | null): Uint8Array {
  const body = {
    error: error.code,
    message: error.message,
    parameter: error.parameter ?? null,
    hint: error.hint ?? null,
    docs,
  }
  return new TextEncoder().encode(`${JSON.stringify(body)}\n`)
}

/** Turns anything thrown into an error that may be shown: what is not ours gives away nothing. */
export function shown(error: unknown): MetricsError {
  if (error instanceof MetricsError && statusOf(error.code) < 500) return error
  if (error instanceof MetricsError) {
    return new MetricsError(error.code === 'busy' ? 'busy' : 'unavailable', withoutAddress(error.message), {
      hint: error.hint ?? 'Ask again in a few seconds.',
    })
  }
  return new MetricsError('unavailable', 'The answer could not be made.', {
    hint: 'Ask again in a few seconds; the reason is in the log of the app.',
  })
}

// A storage URL may hold a password.
function withoutAddress(message: string): string {
  return message.replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, '[url]')
}
