/** One line of what was to be reached. */
export interface Aim {
  readonly what: string
  readonly aim: string
  readonly got: string
  readonly met: boolean
}

/** What one benchmark has to say. */
export interface Section {
  readonly title: string
  /** Markdown. */
  readonly lines: readonly string[]
  readonly aims: readonly Aim[]
}

/** Aims as a table. */
export function aimsTable(aims: readonly Aim[]): string[] {
  return [
    '| | aim | measured | |',
    '|---|---|---|---|',
    ...aims.map(({ what, aim, got, met }) => `| ${what} | ${aim} | ${got} | ${met ? 'met' : '**missed**'} |`),
  ]
}

export function markdown({ title, lines, aims }: Section): string {
  return [`## ${title}`, '', ...lines, ...(lines.length > 0 ? [''] : []), ...aimsTable(aims), ''].join('\n')
}

/** Runs one benchmark by itself and prints it. */
export async function alone(bench: () => Promise<Section>): Promise<void> {
  console.log(markdown(await bench()))
  process.exit()
}
