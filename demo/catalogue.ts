/** How a coffee can be bought, and what that costs compared with a single bag. */
export const PLANS = { once: 1, monthly: 0.9, yearly: 9.5 } as const

export type Plan = keyof typeof PLANS

/** One coffee on the shelf. */
export interface Product {
  readonly id: number
  readonly name: string
  readonly price: number
}

const NAMES = [
  'Yirgacheffe',
  'Huila',
  'Antigua',
  'Kona',
  'Sidamo',
  'Mandheling',
  'Tarrazú',
  'Santos',
  'Nyeri',
  'Geisha',
]

/** Sixty coffees with the ids 100 to 159. */
export const PRODUCTS: ReadonlyMap<number, Product> = new Map(
  Array.from({ length: 60 }, (_, index) => {
    const id = 100 + index
    const name = `${NAMES[index % NAMES.length]} ${['light', 'medium', 'dark'][index % 3]}`
    return [id, { id, name, price: 9 + (index % 12) }]
  })
)

/** Value added tax in percent by country. */
const TAX: Readonly<Record<string, number>> = { DE: 19, FR: 20, US: 0, BR: 17, JP: 10, NO: 25 }
/** The table of the release that was not tested. */
const TAX_AFTER_CLEANUP: Readonly<Record<string, { readonly rate: number }>> = {
  DE: { rate: 19 },
  FR: { rate: 20 },
  US: { rate: 0 },
  BR: { rate: 17 },
}

/** The price in a country. The bad release throws for the countries that it forgot. */
export function priceIn(country: string, net: number, badRelease: boolean): number {
  const rate = badRelease ? TAX_AFTER_CLEANUP[country]!.rate : (TAX[country] ?? 0)
  return Math.round(net * (100 + rate)) / 100
}

/** Asks the supplier, who sometimes answers with a page instead of JSON. */
export function stockOf(id: number, moment: number): { readonly id: number; readonly bags: number } {
  const answer = moment % 9 === 0 ? '<html>502 Bad Gateway</html>' : `{"id":${id},"bags":${id % 40}}`
  return JSON.parse(answer) as { id: number; bags: number }
}
