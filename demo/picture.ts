import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'

// Draws docs/demo.svg from what `npm start` really shows in a terminal. Usage: node demo/picture.ts [seconds]

const COLUMNS = 100
const ROWS = 42
const CELL = { width: 8.4, height: 18 } as const
const start = join(import.meta.dirname, 'start.ts')
const seconds = Number(process.argv[2] ?? 200)

const lines = lastFrame(await shown(seconds))
writeFileSync(join(import.meta.dirname, '..', 'docs', 'demo.svg'), svg(lines))
console.log(lines.join('\n'))

/** Everything the demo writes to a terminal of its own (util-linux `script`) until it is interrupted. */
async function shown(seconds: number): Promise<string> {
  const inside = `stty cols ${COLUMNS} rows ${ROWS}; exec '${process.execPath}' '${start}'`
  const child = spawn('script', ['-qec', inside, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const closed = once(child, 'close')
  await pause(seconds * 1000)
  child.stdin.write('\x03')
  await closed
  return Buffer.concat(chunks).toString()
}

/** The lines of the last complete frame: from the cursor's way home to the clearing of what is below. */
function lastFrame(output: string): string[] {
  const frame = output.split('\x1b[H').at(-1)?.split('\x1b[J')[0]
  if (frame === undefined) throw new Error(`the demo drew nothing:\n${output}`)
  return frame.replaceAll('\x1b[K', '').trimEnd().split(/\r?\n/)
}

function svg(lines: readonly string[]): string {
  const width = Math.ceil(COLUMNS * CELL.width + 32)
  const height = lines.length * CELL.height + 32
  const rows = lines.map((line, index) => {
    const style = line.includes('\x1b[1m') ? ' class="b"' : line.includes('\x1b[2m') ? ' class="d"' : ''
    return `<text x="16" y="${Math.round(16 + (index + 0.8) * CELL.height)}"${style}>${escaped(line)}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" xml:space="preserve">`,
    '<title>The terminal while the demo runs</title>',
    '<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d7dce2;white-space:pre}.b{font-weight:bold;fill:#fff}.d{fill:#8b949e}</style>',
    `<rect width="${width}" height="${height}" rx="8" fill="#15191f"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n')
}

function escaped(line: string): string {
  return stripVTControlCharacters(line).replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
