import type { WriteStream } from 'node:tty'

const BOLD = '\x1b[1m'
const DIM = '\x1b[2m'
const PLAIN = '\x1b[0m'

/** Redraws a list of lines in place. Lines that begin with `# ` are headings. */
export class Screen {
  readonly #out: WriteStream
  readonly #colour: boolean
  #drawn = false

  constructor(out: WriteStream, colour: boolean) {
    this.#out = out
    this.#colour = colour
  }

  draw(lines: readonly string[]): void {
    // Some terminals say 0.
    const columns = this.#out.columns || 80
    const rows = this.#out.rows || 40
    const fitting = lines.slice(0, Math.max(1, rows - 1)).map((line) => `${this.#paint(line, columns - 1)}\x1b[K`)
    this.#out.write(`${this.#drawn ? '' : '\x1b[2J'}\x1b[H${fitting.join('\n')}\n\x1b[J`)
    this.#drawn = true
  }

  #paint(line: string, width: number): string {
    if (line.startsWith('# ')) return this.#styled(BOLD, `  ${line.slice(2)}`.slice(0, width))
    // An address that is cut off cannot be opened: better two rows.
    if (/^ {2}(curl|http)/.test(line)) return this.#styled(DIM, line)
    return line.slice(0, width)
  }

  #styled(style: string, text: string): string {
    return this.#colour ? `${style}${text}${PLAIN}` : text
  }
}
