/** Hears the messages of one channel. */
export type Listener = (message: unknown) => void

/** Listens to diagnostics channels by the ends of their names, until what is given back is called. Throws nothing. */
export function listen(prefix: string, listeners: Readonly<Record<string, Listener>>): () => void {
  const channels = process.getBuiltinModule('node:diagnostics_channel')
  const heard = Object.entries(listeners).map(([name, listener]) => {
    const safe: Listener = (message) => {
      try {
        listener(message)
      } catch {
        // What a channel's listener throws would end the process.
      }
    }
    channels.subscribe(prefix + name, safe)
    return { name: prefix + name, safe }
  })
  return () => {
    for (const { name, safe } of heard) channels.unsubscribe(name, safe)
  }
}
