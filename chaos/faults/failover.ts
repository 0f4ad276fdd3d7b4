import { setTimeout as pause } from 'node:timers/promises'
import type { Redis, Sentinel } from '../../test/servers/redis.ts'
import { until } from '../../test/servers/redis.ts'
import { alone } from '../alone.ts'
import type { Fault } from '../fault.ts'

/** The two servers, the one first that Sentinel takes for the primary. */
function order({ sentinel, primary, replica }: Sentinel): readonly [primary: Redis, other: Redis] {
  const said = sentinel.cli('sentinel', 'get-master-addr-by-name', 'mine')
  return said.includes(String(replica.port)) ? [replica, primary] : [primary, replica]
}

/** The other one has all that the primary has, or a failover would not begin. */
const inStep = (server: Redis): boolean => server.cli('info', 'replication').includes('master_link_status:up')

async function changed(sentinel: Sentinel, from: Redis): Promise<void> {
  await until(() => order(sentinel)[0] !== from)
  await until(() => order(sentinel)[0].cli('info', 'replication').includes('role:master'))
}

/** Sentinel would tell it, too, once it has looked, every ten seconds. */
async function follow(server: Redis, primary: Redis): Promise<void> {
  server.cli('replicaof', '127.0.0.1', String(primary.port))
  await until(() => inStep(server))
}

/** The primary ends without a word, Sentinel takes the replica, and the old one comes back as a replica. */
export const failover: Fault = alone({
  name: 'failover',
  weight: 2,
  cuts: true,
  forgets: true,
  longest: 4_000,
  possible: ({ field }) => field.sentinel !== undefined,
  async strike({ field }) {
    const sentinel = field.sentinel!
    const [primary, other] = order(sentinel)
    await until(() => inStep(other))
    await primary.kill()
    return async () => {
      await changed(sentinel, primary)
      await primary.start()
      await follow(primary, other)
    }
  },
})

/** The primary stands still for so long that Sentinel takes the replica; it then finds itself a replica. */
export const lapse: Fault = alone({
  name: 'lapse',
  cuts: true,
  forgets: true,
  longest: 4_000,
  possible: ({ field }) => field.sentinel !== undefined,
  async strike({ field }, random) {
    const sentinel = field.sentinel!
    const [primary, other] = order(sentinel)
    await until(() => inStep(other))
    const later = random.whole(0, 2_000)
    primary.freeze()
    return async () => {
      await changed(sentinel, primary)
      primary.resume()
      // Meanwhile it takes writes that nobody will ever see.
      await pause(later)
      await follow(primary, other)
    }
  },
})

/** Somebody asks Sentinel for the other one. */
export const switchover: Fault = alone({
  name: 'switchover',
  cuts: true,
  forgets: true,
  possible: ({ field }) => field.sentinel !== undefined,
  async strike({ field }) {
    const sentinel = field.sentinel!
    const [primary, other] = order(sentinel)
    await until(() => inStep(other))
    // It refuses while it has just decided, or does not yet take the other one for well.
    await until(() => sentinel.sentinel.cli('sentinel', 'failover', 'mine') === 'OK')
    return async () => {
      await changed(sentinel, primary)
      await follow(primary, other)
    }
  },
})
