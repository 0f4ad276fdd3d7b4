import { matches, spellings } from './match.ts'
import type { Row, Table } from './rates.ts'
import { gatewayed, providerOf, vendorOf } from './vendor.ts'

/** A row that prices a model, and whose list it stands in. */
export interface Found {
  readonly row: Row
  /** Of the provider that is called, of the maker of the model, or of whom a gateway calls. */
  readonly owner: string
  readonly source: 'overlay' | 'snapshot'
  /** The cloud serves it in one region, which costs more than its list says. */
  readonly regional: boolean
}

interface Index {
  readonly equal: ReadonlyMap<string, Row>
  readonly others: readonly Row[]
}

const REMEMBERED = 2000

/** Finds the price row of a model: what the provider itself lists, then whom it resells, then the maker by the name. */
export class Catalogue {
  readonly #overlay: ReadonlyMap<string, Index>
  readonly #snapshot: ReadonlyMap<string, Index>
  readonly #resold: ReadonlyMap<string, readonly string[]>
  readonly #found = new Map<string, Found | null>()

  constructor(overlay: Table, snapshot: Table) {
    this.#overlay = indexed(overlay)
    this.#snapshot = indexed(snapshot)
    this.#resold = snapshot.resold
  }

  /** The row of a model at a provider that is called. */
  listed(provider: string, model: string): Found | undefined {
    return this.#remembered(`${provider} ${model}`, () => {
      for (const owner of [provider, ...(this.#resold.get(provider) ?? [])]) {
        const found = this.#row(owner, model)
        if (found !== undefined) return found
      }
      return provider === 'aws' ? this.#claude(model) : undefined
    })
  }

  /** The list price of a model that one vendor alone makes, through whatever gateway it was called. */
  made(model: string): Found | undefined {
    const vendor = vendorOf(model)
    const found = vendor === undefined ? undefined : this.listed(vendor, model)
    if (found !== undefined) return found
    const [provider = '', rest = ''] = gatewayed(model) ?? []
    return rest === '' ? undefined : (this.listed(provider, rest) ?? this.made(rest))
  }

  /** Bedrock sells Claude at its list price, and in one region for a tenth more. */
  #claude(model: string): Found | undefined {
    const [, area, name] = /^(?:([a-z-]+)\.)?anthropic\.(claude-.+?)(?:-v1(?::\d+)?)?$/.exec(model) ?? []
    const found = name === undefined ? undefined : this.#row('anthropic', name)
    return found && { ...found, regional: area !== 'global' }
  }

  #row(owner: string, model: string): Found | undefined {
    const lists = [
      ['overlay', this.#overlay.get(owner)],
      ['snapshot', this.#snapshot.get(owner)],
    ] as const
    // All spellings are tried on one list before the next: the overlay has the newer price, whatever date is in the name.
    for (const [source, index] of lists) {
      const row = index && rowOf(index, model)
      if (row !== undefined) return { row, owner, source, regional: false }
    }
    return undefined
  }

  #remembered(key: string, find: () => Found | undefined): Found | undefined {
    const known = this.#found.get(key)
    if (known !== undefined) return known ?? undefined
    const found = find()
    if (this.#found.size < REMEMBERED) this.#found.set(key, found ?? null)
    return found
  }
}

function indexed({ rows }: Table): ReadonlyMap<string, Index> {
  return new Map([...rows].map(([provider, list]) => [providerOf(provider), indexOf(list)]))
}

function indexOf(rows: readonly Row[]): Index {
  const equal = new Map<string, Row>()
  const others: Row[] = []
  for (const row of rows) {
    const leaves = Array.isArray(row.match) ? row.match : [row.match]
    for (const leaf of leaves) {
      if (typeof leaf === 'string' && leaf.startsWith('=') && !equal.has(leaf.slice(1))) equal.set(leaf.slice(1), row)
    }
    if (leaves.some((leaf) => typeof leaf !== 'string' || !leaf.startsWith('='))) others.push(row)
  }
  return { equal, others }
}

function rowOf({ equal, others }: Index, model: string): Row | undefined {
  for (const name of spellings(model)) {
    const row = equal.get(name) ?? others.find((one) => matches(one, name))
    if (row !== undefined) return row
  }
  return undefined
}
