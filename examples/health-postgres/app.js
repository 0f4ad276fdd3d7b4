import { createServer } from 'node:http'
import pg from 'pg'
import { Metrics } from 'pocketmetrics'

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL ?? 'postgres://postgres@localhost/postgres',
  max: 10,
  // pg has no limit of its own: requests would wait for a database that is away for ever.
  connectionTimeoutMillis: 2000,
})
// A connection that breaks while nobody uses it ends a process that does not listen.
pool.on('error', (error) => console.error(`database: ${error.message}`))

const server = createServer((request, response) => {
  if (request.url !== '/time') return response.writeHead(404).end()
  pool.query('select now() as time').then(
    ({ rows }) => response.setHeader('content-type', 'application/json').end(JSON.stringify(rows[0])),
    () => response.writeHead(503).end()
  )
})

const metrics = new Metrics(server, { health: { interval: process.env.CHECK_EVERY ?? '10s' } })

// Over the app's own pool: a connection is borrowed for one `SELECT 1`. Nothing here works without the database, so a
// failure takes this process out of the traffic; what only makes it worse is `{ impact: 'degraded' }`.
metrics.check('database', pool)

server.listen(process.env.PORT ?? 3000, () => console.log(`http://localhost:${server.address().port}/metrics`))
