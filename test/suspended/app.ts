import { createServer } from 'node:http'
import { Metrics } from '../../src/index.ts'

// An app that is going to be stopped: it counts how often its check was run.
let runs = 0
const server = createServer((request, response) => response.end(request.url === '/runs' ? String(runs) : 'Hello'))
const metrics = new Metrics(server, { storage: process.argv[2]!, instance: 'web', flushEvery: '1s' })
metrics.check('counted', () => void runs++, { interval: '1s' })
server.listen(0, '127.0.0.1', () => process.send!((server.address() as { port: number }).port))
