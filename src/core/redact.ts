/** What stands in the place of a value that looks like a secret or like somebody's address. */
export const REDACTED = '[redacted]'

// Each is linear: no nested repetition, and label values are at most 256 characters.
const PATTERNS: readonly RegExp[] = [
  /[^\s@<>]{1,64}@[^\s@<>.]{1,63}(?:\.[^\s@<>.]{1,63}){1,4}/, // e-mail
  /\bey[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/, // JSON web token
  /\b(?:sk|pk|rk|whsec|ghp|gho|ghs|github_pat|glpat|xox[abprs]|npm|shpat|hf|AIza|ya29|dop_v1)[-_.][A-Za-z0-9_-]{16,}/, // keys by prefix
  /\bAKIA[0-9A-Z]{16}\b/, // AWS
  /\bAIza[A-Za-z0-9_-]{30,}/, // Google
  /-----BEGIN [A-Z ]*PRIVATE KEY/,
  /^(?:bearer|basic) +\S{8,}/i,
]
const CARD = /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g

/** Whether a text looks like an e-mail address, a token, a key or the number of a payment card. */
export function looksSecret(text: string): boolean {
  if (text.length < 6) return false
  return PATTERNS.some((pattern) => pattern.test(text)) || [...text.matchAll(CARD)].some(([digits]) => isCard(digits))
}

/** Luhn's check over 13 to 19 digits, and a first digit that card issuers use. */
function isCard(text: string): boolean {
  const digits = text.replaceAll(/[ -]/g, '').split('').map(Number)
  if (![2, 3, 4, 5, 6].includes(digits[0]!)) return false
  const sum = digits.reverse().reduce((total, digit, index) => {
    const twice = digit * 2
    return total + (index % 2 === 0 ? digit : twice > 9 ? twice - 9 : twice)
  }, 0)
  return sum % 10 === 0
}
