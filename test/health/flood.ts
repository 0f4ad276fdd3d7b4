import http from 'node:http'

/** Sends so many probes at once, each timed from when it is on its way, and says what came of them. */
const [origin = '', count = '0'] = process.argv.slice(2)
const agent = new http.Agent({ keepAlive: true, maxSockets: 1_000 })
const statuses: Record<string, number> = {}
let slowest = 0
let failed = 0

function probe(): Promise<void> {
  return new Promise((resolve) => {
    let since = performance.now()
    const request = http.get(`${origin}/health/ready`, { agent }, (response) => {
      response.resume()
      response.on('end', () => {
        slowest = Math.max(slowest, performance.now() - since)
        statuses[response.statusCode!] = (statuses[response.statusCode!] ?? 0) + 1
        resolve()
      })
    })
    request.on('socket', () => (since = performance.now()))
    request.on('error', () => {
      failed++
      resolve()
    })
  })
}

await Promise.all(Array.from({ length: Number(count) }, probe))
agent.destroy()
process.send?.({ statuses, slowest, failed })
