import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Postgres, startPostgres } from '../servers/postgres.ts'
import { type Cluster, type Redis, startCluster, startRedis } from '../servers/redis.ts'
import { Fleet } from './fleet/fleet.ts'
import { plain, plainHosts, plainSingles } from './fleet/plain.ts'
import { APART, QUESTIONS, SINGLES } from './fleet/questions.ts'

/** Acts for each step of the story; another seed is another story. */
const STORY = { seed: Number(process.env.SEED ?? 1), perStep: 12 }
const PROCESSES = ['web-1', 'web-2', 'web-3', 'web-4']
const HOSTS = ['host-1', 'host-2', 'host-3']

/** What a fleet answered, by question, without what must differ. */
interface Answers {
  readonly all: ReadonlyMap<string, string>
  readonly apart: ReadonlyMap<string, string>
}

const paired = (urls: readonly string[], texts: readonly string[]): Map<string, string> =>
  new Map(urls.map((url, at) => [url, texts[at]!]))

/** Has a fleet record the story into a fresh store, and asks it everything, before and after all of it is sealed. */
async function answers(storage: string, names: readonly string[], hosts: boolean = false): Promise<Answers> {
  const fleet = await Fleet.start({ storage, ...STORY, names, hosts })
  const differences = { instances: names.length + 1, mode: storage.startsWith('sqlite:') ? 'disk' : 'remote' } as const
  const ask = async (): Promise<Answers> => {
    const all = (await fleet.ask(QUESTIONS)).map((reply, at) => plain(QUESTIONS[at]!, reply, differences))
    const singles = (await fleet.ask(SINGLES)).map(plainSingles)
    const apart = (await fleet.ask(APART)).map(({ body }) => plainHosts(body))
    return { all: paired([...QUESTIONS, ...SINGLES], [...all, ...singles]), apart: paired(APART, apart) }
  }
  try {
    await fleet.run()
    const open = await ask()
    await fleet.maintain()
    const sealed = await ask()
    assert.deepEqual(sealed, open, 'sealing has changed an answer')
    await fleet.close()
    return sealed
  } finally {
    await fleet.end()
  }
}

function same(found: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): void {
  for (const [url, text] of wanted) assert.equal(found.get(url), text, `${url} (SEED=${STORY.seed})`)
}

describe('the same traffic', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pocketmetrics-fleet-'))
  let one: Answers
  let redis: Redis
  let cluster: Cluster
  let postgres: Postgres
  /** Told apart by process and by host, as the first store has it. */
  const first = new Map<string, Answers>()

  before(async () => {
    ;[redis, cluster, postgres] = await Promise.all([startRedis(), startCluster(), startPostgres()])
    one = await answers(`sqlite://${folder}/one.db`, ['web'])
  })
  after(async () => {
    await Promise.all([redis.end(), cluster.end(), postgres.end()])
    rmSync(folder, { recursive: true, force: true })
  })

  const STORES: Readonly<Record<string, (name: string) => string>> = {
    SQLite: (name) => `sqlite://${folder}/${name}.db`,
    Redis: (name) => `${redis.url}?prefix=${name}`,
    'Redis Cluster': (name) => `${cluster.url}?prefix=${name}`,
    PostgreSQL: (name) => `${postgres.url}?schema=${name}`,
  }

  test('is answered about at all', () => {
    assert.ok(QUESTIONS.length + SINGLES.length + APART.length >= 50)
    for (const [url, text] of one.all) {
      const wanted = url.includes('nonsense') ? /^400 / : /^200 /
      assert.match(text, wanted, url)
    }
    const orders = Number(
      /"total":(\d+)/.exec(one.all.get('/metrics/query?metric=orders&from=4d&group_by=hour&fill=none')!)?.[1]
    )
    assert.ok(orders > 10)
  })

  for (const [store, url] of Object.entries(STORES)) {
    test(`recorded by four processes into ${store} gives the same bytes as by one`, async () => {
      const found = await answers(url('processes'), PROCESSES)
      same(found.all, one.all)
      same(found.apart, (first.get('processes') ?? found).apart)
      first.set('processes', found)
    })
    if (store === 'SQLite') continue
    test(`recorded by three hosts into ${store} gives the same bytes as by one process`, async () => {
      const found = await answers(url('hosts'), HOSTS, true)
      same(found.all, one.all)
      same(found.apart, (first.get('hosts') ?? found).apart)
      first.set('hosts', found)
    })
  }
})
