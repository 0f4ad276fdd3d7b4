import type { LooseLabels } from './collectors/clean.ts'

/** The business metrics of an app and their labels, for those who want the compiler to check them. */
export type Schema = Readonly<Record<string, LooseLabels>>

/** What a schema must be; interfaces, which no index signature takes, can be one too. */
export type SchemaLike<S> = {
  readonly [N in keyof S]: { readonly [L in keyof S[N]]: LooseLabels[string] }
}

/** The metrics that a schema names. */
export type NameIn<S> = keyof S & string
