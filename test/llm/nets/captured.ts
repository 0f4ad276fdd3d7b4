/** The `fetch` that was there before anything of ours was loaded. */
export const captured: typeof globalThis.fetch = globalThis.fetch
