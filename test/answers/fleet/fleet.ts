import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import type { Order, Reply, Role } from './child.ts'
import { steps } from './traffic.ts'

/** Which processes record. */
export interface Crew {
  readonly storage: string
  readonly seed: number
  readonly perStep: number
  /** Their names, of processes or of hosts. */
  readonly names: readonly string[]
  /** Each on a host of its own, which has that name. */
  readonly hosts: boolean
  /** Whether they look at themselves and their machine. */
  readonly system?: boolean
}

const CHILD = new URL('./child.ts', import.meta.url).pathname

/** A host name of its own; who is not root may give one to themselves in a place where they are. */
const OWN_NAME = process.getuid?.() === 0 ? ['--uts'] : ['--user', '--map-root-user', '--uts']

/** A process that lives in simulated time and does as it is told. */
class Member {
  readonly process: ChildProcess
  readonly #lines: Interface
  readonly #said: AsyncIterator<string>

  constructor(role: Role, host: string | undefined) {
    const command = [process.execPath, CHILD, JSON.stringify(role)]
    const enter = ['unshare', ...OWN_NAME, 'sh', '-c', `hostname ${host} && exec "$0" "$@"`]
    const [first = '', ...rest] = host === undefined ? command : [...enter, ...command]
    this.process = spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface(this.process.stdout!)
    this.#said = this.#lines[Symbol.asyncIterator]()
  }

  async heard(): Promise<unknown> {
    const { value, done } = await this.#said.next()
    if (done === true) throw new Error('a process of the fleet ended too early')
    return JSON.parse(value) as unknown
  }

  tell(order: Order): Promise<unknown> {
    this.process.stdin!.write(`${JSON.stringify(order)}\n`)
    return this.heard()
  }

  get isAlive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null
  }

  async end(): Promise<void> {
    if (!this.isAlive) return
    const ended = once(this.process, 'exit')
    this.process.kill('SIGKILL')
    await ended
  }
}

/** Processes that share a store and a clock, and one more that is asked. */
export class Fleet {
  readonly #members: readonly Member[]
  readonly #asked: Member

  private constructor(members: readonly Member[], asked: Member) {
    this.#members = members
    this.#asked = asked
  }

  /** Starts them; ids are hashed with the same secret in every store. */
  static async start({ storage, seed, perStep, names, hosts, system = false }: Crew): Promise<Fleet> {
    const asked = new Member({ storage, instance: 'asked', part: null, system }, undefined)
    await asked.heard()
    await asked.tell({ do: 'secret', secret: 'the same for all stores' })
    const members = names.map((name, place) => {
      const part = { place, of: names.length, seed, perStep }
      const role = hosts ? { storage, part, system } : { storage, part, system, instance: name }
      return new Member(role, hosts ? name : undefined)
    })
    const fleet = new Fleet(members, asked)
    await Promise.all(members.map((member) => member.heard()))
    return fleet
  }

  /** Lets all of it happen, step by step; every now and then all of them look after the store at once. */
  async run(): Promise<void> {
    for (const step of steps().keys()) {
      await this.#all({ do: 'step', step })
      if (step % 7 === 3) await this.#all({ do: 'maintain' })
    }
  }

  /** Lets one step of it happen. */
  async step(step: number): Promise<void> {
    await this.#all({ do: 'step', step })
  }

  /** Lets time pass in which nothing happens; all of them that are alive look at their gauges. */
  async at(now: number): Promise<void> {
    await this.#all({ do: 'at', now })
  }

  /** Ends one of those that record as a crash would. */
  async kill(place: number): Promise<void> {
    await this.#members[place]?.end()
  }

  async maintain(): Promise<void> {
    await this.#all({ do: 'maintain' })
  }

  async ask(urls: readonly string[]): Promise<readonly Reply[]> {
    return (await this.#asked.tell({ do: 'ask', urls })) as readonly Reply[]
  }

  async close(): Promise<void> {
    await this.#all({ do: 'close' })
    await this.end()
  }

  /** Also where something has failed. */
  async end(): Promise<void> {
    await Promise.all([...this.#members, this.#asked].map((member) => member.end()))
  }

  async #all(order: Order): Promise<void> {
    const alive = [...this.#members, this.#asked].filter((member) => member.isAlive)
    await Promise.all(alive.map((member) => member.tell(order)))
  }
}
