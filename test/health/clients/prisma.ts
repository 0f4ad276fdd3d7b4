import * as runtime from '@prisma/client/runtime/client'
import type { PrismaPg } from '@prisma/adapter-pg'

interface Client {
  $queryRawUnsafe(sql: string): Promise<unknown>
  $disconnect(): Promise<void>
}

const compiler = '@prisma/client/runtime/query_compiler_fast_bg.postgresql'
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } }

/** A client of Prisma as `prisma generate` makes it, of a schema without models; the generator itself wants a download. */
export function prismaOf(adapter: PrismaPg): Client {
  const config = {
    previewFeatures: [],
    clientVersion: '7.10.0',
    engineVersion: 'none',
    activeProvider: 'postgresql',
    inlineSchema: 'datasource db {\n  provider = "postgresql"\n}\n',
    runtimeDataModel: { models: {}, enums: {}, types: {} },
    parameterizationSchema: { strings: [], graph: 'AAAA' },
    compilerWasm: {
      getRuntime: () => import(`${compiler}.mjs`) as Promise<unknown>,
      getQueryCompilerWasmModule: async () => {
        const { wasm } = (await import(`${compiler}.wasm-base64.mjs`)) as { wasm: string }
        return new WebAssembly.Module(Buffer.from(wasm, 'base64'))
      },
      importName: './query_compiler_fast_bg.js',
    },
  }
  const Made = runtime.getPrismaClient(config as unknown as runtime.GetPrismaClientConfig)
  return new Made({ adapter })
}
