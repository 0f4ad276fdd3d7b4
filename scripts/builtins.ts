const IMPORT = /^import (\{[^}]*\}) from ('node:[^']+')$/gm

/**
 * The same source, with what it needs of Node taken from Node by name. An `import` of one of Node's modules asks it for
 * all that it has, which loads what is behind it, too: `node:fs` brings readline along, `node:crypto` all of WebCrypto.
 */
export function sparing(source: string): string {
  return source.replace(IMPORT, (_, names: string, module: string) => {
    const wanted = names.replace(/\btype \w+( as \w+)?,?/g, '').replace(/ as /g, ': ')
    return `const ${wanted} = process.getBuiltinModule(${module})`
  })
}
