/** What METRICS_LLM says: whether calls of models are watched; undefined for a word that says neither. */
export function isOn(variable: string | undefined): boolean | undefined {
  const word = variable?.trim().toLowerCase() ?? ''
  if (['off', 'false', '0', 'no'].includes(word)) return false
  return ['', 'on', 'true', '1', 'yes'].includes(word) ? true : undefined
}
