/**
 * On everything we say. `no-store`, not `max-age=5`: numbers behind a key stay out of every cache and disk, and what
 * was tracked a moment ago shows at once; the ETag saves the bytes for whoever keeps an answer knowingly.
 */
export const ALWAYS: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-store',
  vary: 'Authorization, X-API-Key, Accept, Accept-Encoding, Origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}
