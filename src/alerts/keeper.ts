import type { Store } from '../storage/store.ts'
import { BOOK, type Book, readBook, writeBook } from './book.ts'

/**
 * Holds the leader's copy of the book. It is written by compare-and-set, and a new leader writes it first of all: who led
 * before can write nothing more, and so sends nothing more. A copy that could not be written is thrown away.
 */
export class BookKeeper {
  readonly #store: Pick<Store, 'get' | 'swap'>
  readonly #failed: (error: unknown) => void
  #text: string | undefined
  #running: Promise<boolean> | undefined
  #next: Promise<boolean> | undefined
  /** To be changed, and then committed; undefined for who does not lead. */
  book: Book | undefined

  constructor(store: Pick<Store, 'get' | 'swap'>, failed: (error: unknown) => void) {
    this.#store = store
    this.#failed = failed
  }

  /** Makes the book this leader's; false when others were faster. Rejects when the store does not answer. */
  async take(epoch: number): Promise<boolean> {
    const text = await this.#store.get(BOOK)
    const book = readBook(text)
    book.epoch = Math.max(book.epoch + 1, epoch)
    const mine = writeBook(book)
    if (!(await this.#store.swap(BOOK, text, mine))) return false
    this.book = book
    this.#text = mine
    return true
  }

  /** Writes everything that was changed before this call; false when nothing of it was kept. Never rejects. */
  commit(): Promise<boolean> {
    if (this.#running === undefined) return this.#start()
    return (this.#next ??= this.#running.then(() => this.#start()))
  }

  /** Forgets the copy. */
  drop(): void {
    this.book = undefined
    this.#text = undefined
  }

  #start(): Promise<boolean> {
    this.#next = undefined
    this.#running = this.#write().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #write(): Promise<boolean> {
    const { book } = this
    if (book === undefined) return false
    const text = writeBook(book)
    if (text === this.#text) return true
    const kept = await this.#swapped(text)
    // What was read anew meanwhile is another copy.
    if (this.book !== book) return false
    if (kept) this.#text = text
    else this.drop()
    return kept
  }

  async #swapped(text: string): Promise<boolean> {
    try {
      return await this.#store.swap(BOOK, this.#text, text)
    } catch (error) {
      this.#failed(error)
      return false
    }
  }
}
