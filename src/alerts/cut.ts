const MARK = '… (cut)'

/** The text, escaped character by character, in at most `most` UTF-16 units; what is cut says so. */
export function fit(text: string, most: number, escape: (character: string) => string = (one) => one): string {
  const whole = Array.from(text.toWellFormed(), escape)
  if (whole.reduce((sum, one) => sum + one.length, 0) <= most) return whole.join('')
  let kept = ''
  for (const one of whole) {
    if (kept.length + one.length > most - MARK.length) break
    kept += one
  }
  return kept + MARK
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
])

/** What Slack and Telegram want escaped. */
export function entity(character: string): string {
  return ENTITIES.get(character) ?? character
}

/** What Markdown takes for markup gets a backslash. */
export function plainMarkdown(character: string): string {
  return /[\\`*_~|[\]()#<>@!-]/.test(character) ? `\\${character}` : character
}
