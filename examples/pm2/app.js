import { createServer } from 'node:http'
import { Metrics } from 'pocketmetrics'

const server = createServer((request, response) => {
  response.end(JSON.stringify({ from: process.pid }))
})
// The file lies beside this one. /metrics is closed in production until there is a key: METRICS_KEY.
new Metrics(server, { storage: process.env.METRICS_STORAGE ?? 'sqlite://metrics.db' })

// What `wait_ready` waits for.
server.listen(process.env.PORT ?? 3000, () => process.send?.('ready'))
