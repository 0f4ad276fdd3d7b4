/** A cell as it comes: text is guarded against being run as a formula, numbers stay numbers, null is empty. */
export type Cell = string | number | boolean | null

/** One CSV line by RFC 4180, with its CRLF. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

function cell(value: Cell): string {
  if (typeof value === 'string') return quoted(guarded(value))
  return value === null ? '' : String(value)
}

// OWASP: a spreadsheet runs what starts so. The sign of a number is not text, so it is not touched.
function guarded(text: string): string {
  return /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}

/** An RFC 3339 time as spreadsheets take it: `YYYY-MM-DD HH:MM:SS`, on the clock of its own offset. */
export function csvTime(time: string): string {
  return time.slice(0, 19).replace('T', ' ')
}

/** What Excel wants to see first in a UTF-8 file that is opened by a double click. */
export const BOM = '\uFEFF'
