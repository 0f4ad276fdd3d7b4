/** Where the app called us, for a warning: the first frame outside this package. */
export function callSite(): string {
  const frames = new Error().stack?.split('\n').slice(1) ?? []
  // In a bundle of CommonJS nothing says where this is.
  if ((import.meta.url as string | undefined) === undefined) return ''
  const here = new URL('..', import.meta.url).href
  const frame = frames.find((line) => !line.includes(here) && !line.includes('node:'))
  return frame === undefined ? '' : ` (${frame.trim().replace('file://', '')})`
}
