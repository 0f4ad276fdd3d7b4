import { llmHub } from '../hub.ts'
import type { Fetch } from './fetch.ts'

/** The same `fetch`, watched; for one that the nets cannot see. What they do see below it is told once all the same. */
export function wrapFetch<F extends Fetch>(fetch: F): F {
  return llmHub().around(fetch)
}

/** The same client of an SDK (openai, Anthropic, …), whose own `fetch`, kept when it was made, is watched from now on. */
export function wrapClient<C extends object>(client: C): C {
  const holder = client as { fetch?: unknown }
  if (typeof holder.fetch === 'function') holder.fetch = wrapFetch(holder.fetch as Fetch)
  return client
}
