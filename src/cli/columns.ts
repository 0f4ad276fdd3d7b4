/** Rows as lines with aligned columns, numbers to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => String(row[at] ?? '').length))) ?? []
  return rows.map((row) =>
    row
      .map((cell, at) =>
        typeof cell === 'number' ? String(cell).padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
      )
      .join('  ')
      .trimEnd()
  )
}
