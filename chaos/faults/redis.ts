import type { Redis } from '../../test/servers/redis.ts'
import { alone } from '../alone.ts'
import type { Fault, Scene } from '../fault.ts'
import { PREFIX } from '../stores/redis.ts'

/** The server on which the store lives. */
const serverOf = ({ field: { redis, cluster } }: Scene): Redis => redis ?? cluster!.ownerOf(`{${PREFIX}}`)
const possible = ({ field: { redis, cluster } }: Scene): boolean => (redis ?? cluster) !== undefined

/** Writes, or everything, waits for a while. */
export const pause: Fault = alone({
  name: 'pause',
  cuts: true,
  possible,
  async strike(scene, random) {
    const server = serverOf(scene)
    // Nobody could end a pause of everything.
    server.cli('client', 'pause', String(random.whole(200, 2_500)), random.chance(0.5) ? 'write' : 'all')
    return async () => undefined
  },
})

/** No memory is left, and what takes some is refused. */
export const memory: Fault = alone({
  name: 'no-memory',
  cuts: true,
  possible,
  async strike(scene, random) {
    const server = serverOf(scene)
    const used = Number(/^used_memory:(\d+)/m.exec(server.cli('info', 'memory'))?.[1])
    // At once, or in the middle of what comes.
    server.cli('config', 'set', 'maxmemory', String(random.chance(0.5) ? 1 : used + random.whole(1, 20_000)))
    return async () => void server.cli('config', 'set', 'maxmemory', '0')
  },
})

/** It is made a replica, and takes no writes. */
export const replica: Fault = alone({
  name: 'read-only-server',
  cuts: true,
  possible: ({ field }) => field.redis !== undefined,
  async strike({ field }) {
    field.redis!.cli('replicaof', '127.0.0.1', '1')
    return async () => void field.redis!.cli('replicaof', 'no', 'one')
  },
})

/** It knows no script any more, and no client either. */
export const amnesia: Fault = alone({
  name: 'forget-scripts',
  possible,
  async strike(scene, random) {
    const server = serverOf(scene)
    server.cli('script', 'flush')
    if (random.chance(0.5)) server.cli('client', 'kill', 'type', 'normal')
    return async () => undefined
  },
})

/** Somebody empties it. */
export const emptied: Fault = alone({
  name: 'flushall',
  weight: 0.5,
  forgets: true,
  possible: ({ field }) => field.redis !== undefined,
  async strike({ field }) {
    field.redis!.cli('flushall')
    return async () => undefined
  },
})

/** It crashes, and comes back as it was some time ago. */
export const rollback: Fault = alone({
  name: 'rollback',
  weight: 2,
  cuts: true,
  forgets: true,
  possible: ({ field }) => field.redis !== undefined && field.durable === false,
  async strike({ field }) {
    const redis = field.redis!
    redis.cli('save')
    return async () => {
      await redis.kill()
      await redis.start()
    }
  },
})
