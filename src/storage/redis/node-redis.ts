import type { Argument, Line, Reply } from './line.ts'

/** What we use of a client of node-redis (the package `redis`), version 5 or later, of a server, a pool or a cluster. */
export interface NodeRedisClient {
  sendCommand(...args: never[]): unknown
}

type Send = (args: readonly (string | Buffer)[], options: object) => Promise<Reply>
type SendTo = (key: string, isReadonly: boolean, args: readonly (string | Buffer)[], options: object) => Promise<Reply>
type SendBy = (isReadonly: boolean, args: readonly (string | Buffer)[], options: object) => Promise<Reply>

/** `$` in RESP: texts come back as bytes. */
const BYTES = { typeMapping: { 36: Buffer } }

/** The app's own client as a line. */
export function lineOfNodeRedis(client: NodeRedisClient): Line {
  const send = client.sendCommand.bind(client) as unknown
  return {
    broken: undefined,
    send: (command, args, key) => {
      const all = [command, ...args.map(bytesOf)]
      if ('slots' in client) return (send as SendTo)(key, false, all, BYTES)
      if ('getSentinelNode' in client) return (send as SendBy)(false, all, BYTES)
      return (send as Send)(all, BYTES)
    },
    end: () => undefined,
  }
}

const bytesOf = (value: Argument): string | Buffer => (typeof value === 'number' ? String(value) : value)
