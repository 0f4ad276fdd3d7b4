import type { MessagePort } from 'node:worker_threads'
import type { Answer, Ask, Standing, Store } from './store.ts'
import { batchOf, type Parcel, type Reply, type Request, exact, faultFrom } from './wire.ts'

/** Told of what the other end does. */
export interface Watcher {
  put(store: Store, time: number): void
  asked(): void
}

/** Serves a store to the thread at the other end of `port`; `start` is tried again, one call at a time, until it gives one. */
export function serve(port: MessagePort, start: () => Promise<Store>, watcher?: Watcher): void {
  let starting: Promise<Store> | undefined
  let told: Standing | undefined
  const started = (): Promise<Store> =>
    (starting ??= start().catch((error: unknown) => {
      starting = undefined
      throw error
    }))

  async function reply(request: Request): Promise<void> {
    let answer: Reply
    const transfer: ArrayBuffer[] = []
    try {
      const store = await started()
      if (request.method === 'answer' || request.method === 'close') watcher?.asked()
      const value = await call(store, request)
      if (request.method === 'put') watcher?.put(store, (request.args[0] as Parcel).time)
      if (request.method === 'answer') transfer.push((value as { body: Uint8Array<ArrayBuffer> }).body.buffer)
      answer = { id: request.id, value, ...news(store) }
    } catch (error) {
      answer = { id: request.id, fault: faultFrom(error), ...news(await starting?.catch(() => undefined)) }
    }
    port.postMessage(answer, transfer)
    if (request.method === 'close') port.close()
  }

  function news(store: Store | undefined): { standing?: Standing } {
    const standing = store?.standing()
    if (standing === undefined || (told !== undefined && isSame(standing, told))) return {}
    told = standing
    return { standing }
  }

  port.on('message', (request: Request) => void reply(request))
  port.postMessage({ id: 0 } satisfies Reply)
}

function isSame(a: Standing, b: Standing): boolean {
  return a.mode === b.mode && a.driver === b.driver && a.problem === b.problem && a.refused === b.refused
}

async function call(store: Store, { method, args }: Request): Promise<unknown> {
  switch (method) {
    case 'open':
      return store.open()
    case 'put':
      return store.put(batchOf(args[0] as Parcel))
    case 'answer': {
      const answer: Answer = await store.answer(args[0] as Ask)
      return { ...answer, body: exact(answer.body) }
    }
    case 'maintain':
      return store.maintain(args[0] as number)
    case 'claim':
      return store.claim(args[0] as readonly string[], args[1] as string, args[2] as number)
    case 'get':
      return store.get(args[0] as string)
    case 'swap':
      return store.swap(args[0] as string, args[1] as string | undefined, args[2] as string | undefined)
    case 'size':
      return store.size()
    case 'close':
      return store.close()
  }
}
