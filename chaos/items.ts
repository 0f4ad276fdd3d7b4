/** So many items share a label set; item k of them is worth 2^k, so that a sum tells which are in it, to the last bit. */
export const BATCH = 40

/** What is paid in: plain values, values with an id, and requests. */
export const KINDS = ['money', 'orders'] as const
export type Kind = (typeof KINDS)[number]

/** What an app is asked for: to record one of these, or what is no number, which is refused and counted. */
export const ASKED = ['money', 'orders', 'refused'] as const
export type Asked = (typeof ASKED)[number]

/** One value that an app is asked to record. */
export interface Item {
  readonly kind: Asked
  readonly number: number
}

export function batchOf({ number }: Item): string {
  return `b${Math.floor(number / BATCH)}`
}

export function valueOf({ number }: Item): number {
  return 2 ** (number % BATCH)
}

/** The numbers that a batch's sum is made of. */
export function membersOf(batch: string, sum: number): number[] {
  const first = Number(batch.slice(1)) * BATCH
  const members: number[] = []
  for (let bit = 0, left = sum; left > 0; bit++, left = Math.floor(left / 2))
    if (left % 2 === 1) members.push(first + bit)
  return members
}

/** How an item is written in the ledger's lines. */
export function nameOf({ kind, number }: Item): string {
  return `${kind}:${number}`
}

export function itemOf(name: string): Item {
  const [kind, number] = name.split(':') as [Asked, string]
  return { kind, number: Number(number) }
}

export function kindOf(name: string): Asked {
  return itemOf(name).kind
}
