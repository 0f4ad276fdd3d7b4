/** One line of what was to be reached. */
export interface Aim {
  readonly what: string
  readonly aim: string
  readonly got: string
  /** Null where the noise of the run was larger than what was to be shown. */
  readonly met: boolean | null
}

/** What one benchmark has to say. */
export interface Section {
  readonly title: string
  /** Markdown. */
  readonly lines: readonly string[]
  readonly aims: readonly Aim[]
  /** What of it stands in README.md: a table of its own, or rows `| what | measured |`. */
  readonly readme: readonly string[]
  /** What of it stands in other pages, by their paths. */
  readonly pages?: Readonly<Record<string, readonly string[]>>
}

/** Whether a turn was short enough; null where the machine makes turns of that length by itself. */
export function turnMet(turn: number, idle: number): boolean | null {
  if (turn <= 5) return true
  return turn <= 1.5 * idle ? null : false
}

/** Aims as a table. */
export function aimsTable(aims: readonly Aim[]): string[] {
  return [
    '| | aim | measured | |',
    '|---|---|---|---|',
    ...aims.map(
      ({ what, aim, got, met }) =>
        `| ${what} | ${aim} | ${got} | ${met === null ? '**not shown**: too noisy' : met ? 'met' : '**missed**'} |`
    ),
  ]
}

export function markdown({ title, lines, aims }: Section): string {
  return [`## ${title}`, '', ...lines, ...(lines.length > 0 ? [''] : []), ...aimsTable(aims), ''].join('\n')
}

/** Replaces what stands between two marks in a text; a text without them stays as it is. */
export function between(text: string, mark: string, block: string): string {
  const [open, close] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`]
  const from = text.indexOf(open)
  const to = text.indexOf(close, from)
  if (from < 0 || to < 0) return text
  return `${text.slice(0, from + open.length)}\n\n${block.trim()}\n\n${text.slice(to)}`
}

/** Runs one benchmark by itself and prints it. */
export async function alone(bench: () => Promise<Section>): Promise<void> {
  console.log(markdown(await bench()))
  process.exit()
}
