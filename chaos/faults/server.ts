import { alone } from '../alone.ts'
import type { Fault } from '../fault.ts'
import type { Field } from '../field.ts'
import type { Random } from '../random.ts'

/** What every server of test/servers can be told. */
interface Server {
  freeze(): void
  resume(): void
  kill(): Promise<void>
  stop(): Promise<void>
  start(): Promise<void>
}

/** The one that holds the store, or, of a cluster, any node. */
function serverOf({ redis, cluster, postgres }: Field, random: Random): Server {
  return redis ?? postgres ?? random.pick(cluster!.nodes)
}

const isThere = ({ redis, cluster, postgres }: Field): boolean => (redis ?? cluster ?? postgres) !== undefined

/** It takes connections, and answers nothing. */
export const freeze: Fault = alone({
  name: 'freeze-server',
  weight: 2,
  cuts: true,
  longest: 4_000,
  possible: ({ field }) => isThere(field),
  async strike({ field }, random) {
    const server = serverOf(field, random)
    server.freeze()
    return async () => server.resume()
  },
})

/** It ends without a word, and comes back with what it had written down. */
export const crash: Fault = alone({
  name: 'crash-server',
  weight: 2,
  cuts: true,
  possible: ({ field }) => isThere(field) && field.durable === true,
  async strike({ field }, random) {
    const server = serverOf(field, random)
    await server.kill()
    return () => server.start()
  },
})

/** It ends in order, and comes back. */
export const restart: Fault = alone({
  name: 'restart-server',
  cuts: true,
  possible: ({ field }) => isThere(field) && field.durable === true,
  async strike({ field }, random) {
    const server = serverOf(field, random)
    await server.stop()
    return () => server.start()
  },
})
