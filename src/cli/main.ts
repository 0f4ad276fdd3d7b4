import { parseArgs } from 'node:util'
import { type Command, Misuse, type World } from './command.ts'
import { prices } from './prices.ts'
import { prune } from './prune.ts'

const COMMANDS: readonly Command[] = [prices, prune]

const WIDE = Math.max(...COMMANDS.map(({ name }) => name.length))

const HELP = `pocketmetrics <command>

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(WIDE)}  ${summary}`).join('\n')}

pocketmetrics <command> --help tells more of one.`

/** Runs what was written behind the name of the program, and gives the exit code: 0 done, 1 failed, 2 written wrongly. */
export async function main(words: readonly string[], world: World): Promise<number> {
  const [name, ...rest] = words
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    world.out(HELP)
    return name === undefined ? 2 : 0
  }
  const command = COMMANDS.find((one) => one.name === name)
  try {
    if (command === undefined) throw new Misuse(`There is no command '${name}'.`)
    if (wantsHelp(rest)) {
      world.out(command.help)
      return 0
    }
    return await command.run(rest, world)
  } catch (error) {
    world.error(error instanceof Error ? error.message : String(error))
    if (!(error instanceof Misuse)) return 1
    world.error(`See pocketmetrics ${command === undefined ? '' : `${name} `}--help.`)
    return 2
  }
}

function wantsHelp(words: readonly string[]): boolean {
  const options = { help: { type: 'boolean', short: 'h' } } as const
  return parseArgs({ args: [...words], options, strict: false }).values.help === true
}
