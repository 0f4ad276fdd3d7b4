import type { Proxy } from '../../test/servers/proxy.ts'
import type { Fault } from '../fault.ts'
import type { Random } from '../random.ts'

/** A fault of the way between app and server, which `restore` makes good. */
function network(name: string, strikes: (proxy: Proxy, random: Random) => unknown, weight: number = 1): Fault {
  return {
    name,
    weight,
    cuts: true,
    possible: ({ field }) => field.proxy !== undefined,
    async strike({ field: { proxy } }, random) {
      await strikes(proxy!, random)
      return () => proxy!.restore()
    },
  }
}

/** What may go wrong on the way to a server. */
export const NETWORK: readonly Fault[] = [
  // The request arrives, its reply does not: nobody knows whether it was done.
  network('lost-reply', (proxy) => proxy.loseReply(), 3),
  network('no-replies', (proxy) => proxy.dropReplies(), 2),
  network('reset', (proxy) => proxy.reset(), 2),
  network('refuse', (proxy) => proxy.refuse()),
  network('black-hole', (proxy) => proxy.blackHole()),
  network('half-open', (proxy) => proxy.halfOpen()),
  network('slow', (proxy, random) => proxy.delay(random.whole(50, 900)), 2),
  network('narrow', (proxy, random) => proxy.bandwidth(random.whole(2_000, 40_000))),
]
