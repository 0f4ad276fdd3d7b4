import { breather } from '../core/breathe.ts'

/** A flat row. */
export type Row = Readonly<Record<string, string | number | boolean | null>>

/** `{"a":…,"data":[` rows, one on a line, `]}`; without a head the bare list. Gives way while it writes. */
export async function jsonText(
  head: Readonly<Record<string, unknown>> | undefined,
  rows: readonly Row[]
): Promise<Uint8Array> {
  const open = head === undefined ? '[' : `${JSON.stringify(head).slice(0, -1)},"data":[`
  return written(rows, open, head === undefined ? ']\n' : ']}\n', (row, index) => {
    return `${index === 0 ? '' : ','}\n${JSON.stringify(row)}${index === rows.length - 1 ? '\n' : ''}`
  })
}

/** One row on a line and nothing else. */
export function ndjsonText(rows: readonly Row[]): Promise<Uint8Array> {
  return written(rows, '', '', (row) => `${JSON.stringify(row)}\n`)
}

/** Encodes what `line` makes of each row between `open` and `close`, in pieces that never hold up the event loop. */
export async function written<T>(
  items: readonly T[],
  open: string,
  close: string,
  line: (item: T, index: number) => string
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  const encoder = new TextEncoder()
  const breathe = breather()
  let text = open
  for (let index = 0; index < items.length; index++) {
    text += line(items[index] as T, index)
    if (text.length > 32_768) {
      pieces.push(encoder.encode(text))
      text = ''
      const pause = breathe()
      if (pause !== undefined) await pause
    }
  }
  pieces.push(encoder.encode(text + close))
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
}
