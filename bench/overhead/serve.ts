import type { AddressInfo } from 'node:net'
import { tell } from '../launch.ts'
import { type Framework, serverOf, type Variant } from './apps.ts'

// A server of one framework and variant; answers each message with the CPU time that the process has taken.
const [framework = 'fastify', variant = 'bare'] = process.argv.slice(2)
const server = await serverOf(framework as Framework, variant as Variant)
server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }))
process.on('message', () => tell(process.cpuUsage()))
