import { startPostgres } from '../../test/servers/postgres.ts'
import { startProxy } from '../../test/servers/proxy.ts'
import type { Field } from '../field.ts'

/** Whom the apps are there: no superuser, as nowhere. */
export const ROLE = 'app'

/** A PostgreSQL, reached through a network that may fail. */
export async function postgres(): Promise<Field> {
  const server = await startPostgres(['max_connections=60'])
  server.sql(`CREATE ROLE ${ROLE} LOGIN PASSWORD 'secret'; GRANT CREATE ON DATABASE postgres TO ${ROLE}`)
  const proxy = await startProxy(server.port)
  const truth = server.urlOf(ROLE, 'secret')
  const url = truth.replace(`:${server.port}/`, `:${proxy.port}/`)
  const end = async (): Promise<void> => {
    await proxy.stop()
    await server.end()
  }
  return { store: 'postgres', url, truth, env: {}, before: [], proxy, postgres: server, durable: true, end }
}
