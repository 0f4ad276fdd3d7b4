import { MetricsError } from '../../errors.ts'
import { type IoClient, lineOfIoredis } from './ioredis.ts'
import type { Line } from './line.ts'
import { lineOfNodeRedis, type NodeRedisClient } from './node-redis.ts'

/** The app's own client: of ioredis (5 or later) or of node-redis (5 or later). */
export type Client = IoClient | NodeRedisClient

/** The app's own client as a line. */
export function lineOf(client: Client): Line {
  return isIoClient(client) ? lineOfIoredis(client) : lineOfNodeRedis(client)
}

function isIoClient(client: Client): client is IoClient {
  return typeof (client as Partial<IoClient>).callBuffer === 'function'
}

/** Throws `bad_option` for what is no client that we know. */
export function checkClient(client: unknown): void {
  const { callBuffer, sendCommand } = (client ?? {}) as Partial<IoClient & NodeRedisClient>
  if (typeof callBuffer === 'function' || typeof sendCommand === 'function') return
  const hint = 'Give a URL such as redis://localhost:6379, or a client of ioredis or of node-redis, version 5 or later.'
  throw new MetricsError('bad_option', `redis() is given ${client === null ? 'null' : typeof client}. ${hint}`, {
    parameter: 'storage',
    hint,
  })
}
