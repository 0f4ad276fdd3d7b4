import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE } from '../../src/core/time.ts'
import { type Keeper, Secret } from '../../src/pipeline/secret.ts'
import type { Store } from '../../src/storage/store.ts'

type Documents = Pick<Store, 'get' | 'swap'>

const clock = { at: 0, now: () => clock.at, monotonic: () => clock.at }

/** The documents of a store, and how often they were read. */
class Shelf implements Documents {
  readonly kept = new Map<string, string>()
  reads = 0
  /** Calls fail, or a swap is kept and its reply lost. */
  trouble: 'none' | 'down' | 'silent' = 'none'

  async get(key: string): Promise<string | undefined> {
    this.reads++
    if (this.trouble === 'down') throw new Error('no answer')
    return this.kept.get(key)
  }

  async swap(key: string, seen: string | undefined, next: string | undefined): Promise<boolean> {
    if (this.trouble === 'down') throw new Error('no answer')
    const won = this.kept.get(key) === seen
    if (won) this.kept.set(key, next!)
    if (this.trouble === 'silent') throw new Error('the reply was lost')
    return won
  }
}

class User implements Keeper {
  used = true
  secret: string | undefined

  async learn(secret: string): Promise<void> {
    this.secret = secret
  }
}

function desk(shelf: Documents = new Shelf(), user: User = new User()): { user: User; secret: Secret } {
  return { user, secret: new Secret(shelf, user, clock) }
}

test('processes that begin at once agree on one secret, and so do those that come later', async () => {
  const shelf = new Shelf()
  const all = Array.from({ length: 6 }, () => desk(shelf))
  await Promise.all(all.map(({ secret }) => secret.settle()))
  const late = desk(shelf)
  await late.secret.look()
  const secrets = new Set([...all, late].map(({ user }) => user.secret))
  assert.equal(secrets.size, 1)
  assert.equal([...shelf.kept.values()][0], late.user.secret)
  assert.match(late.user.secret!, /^[\w-]{43}$/)
})

test('two stores have different secrets', async () => {
  const [one, other] = [desk(), desk()]
  await one.secret.settle()
  await other.secret.settle()
  assert.notEqual(one.user.secret, other.user.secret)
})

test('nothing is made before somebody needs it, and looking never fails', async () => {
  const shelf = new Shelf()
  const { user, secret } = desk(shelf)
  user.used = false
  await secret.look()
  await secret.settle()
  assert.deepEqual([user.secret, shelf.kept.size], [undefined, 0])
  shelf.trouble = 'down'
  await secret.look()
  user.used = true
  shelf.trouble = 'none'
  // Who looks while the first id comes does not stand in the way of making one.
  await Promise.all([secret.look(), secret.settle()])
  assert.ok(user.secret)
})

test('while the store does not tell, it is asked at each flush; a reply that was lost does no harm', async () => {
  const shelf = new Shelf()
  const { user, secret } = desk(shelf)
  shelf.trouble = 'down'
  await assert.rejects(secret.settle(), /no answer/)
  await assert.rejects(secret.settle(), /no answer/)
  shelf.trouble = 'silent'
  await assert.rejects(secret.settle(), /lost/)
  shelf.trouble = 'none'
  await secret.settle()
  assert.equal(user.secret, [...shelf.kept.values()][0])
})

test('it is read again each minute, and no more; a store that is down is no trouble to who has it', async () => {
  const shelf = new Shelf()
  const { user, secret } = desk(shelf)
  await secret.settle()
  const { reads } = shelf
  for (let i = 0; i < 10; i++) await secret.settle()
  assert.equal(shelf.reads, reads)
  clock.at += MINUTE
  shelf.trouble = 'down'
  const before = user.secret
  await secret.settle()
  assert.equal(shelf.reads, reads + 1)
  assert.equal(user.secret, before)
})

test('a store that has lost it is given the one in use, by whoever comes first; one that has another is right', async () => {
  const shelf = new Shelf()
  const [one, other] = [desk(shelf), desk(shelf)]
  await Promise.all([one.secret.settle(), other.secret.settle()])
  const first = one.user.secret
  shelf.kept.clear()
  clock.at += MINUTE
  await Promise.all([one.secret.settle(), other.secret.settle()])
  assert.deepEqual([...shelf.kept.values(), one.user.secret, other.user.secret], [first, first, first])
  // A file took the place of the memory that stood in for it.
  for (const key of shelf.kept.keys()) shelf.kept.set(key, 'that of the file')
  clock.at += MINUTE
  await one.secret.settle()
  assert.equal(one.user.secret, 'that of the file')
})

test('a store that takes no document is told as such', async () => {
  const shelf: Documents = { get: () => Promise.resolve(undefined), swap: () => Promise.resolve(false) }
  await assert.rejects(desk(shelf).secret.settle(), /keeps no secret/)
})
