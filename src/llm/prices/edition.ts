// Made by scripts/prices.ts, beside snapshot.ts.

/** The day on which the catalogue was published. */
export const AS_OF = '2026-09-23'

/** The catalogue and its version. */
export const FROM = '@pydantic/genai-prices 0.1.8'

/** Where the catalogue publishes newer prices. */
export const FEED = 'https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json'
