/** Something that is loaded when it is first wanted. What could not be loaded is tried again for who wants it next. */
export class Later<T> {
  readonly #load: () => Promise<T>
  #loading: Promise<T> | undefined
  #loaded: T | undefined

  constructor(load: () => Promise<T>) {
    this.#load = load
  }

  /** What is there already. */
  get now(): T | undefined {
    return this.#loaded
  }

  /** Rejects as loading does. */
  get(): Promise<T> {
    return (this.#loading ??= this.#load().then(
      (loaded) => (this.#loaded = loaded),
      (error: unknown) => {
        this.#loading = undefined
        throw error
      }
    ))
  }
}
