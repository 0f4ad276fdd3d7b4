import { ByteReader, ByteWriter, joined } from './bytes.ts'
import { writeBuckets, writeScalars } from './codec.ts'
import { Directory } from './directory.ts'
import { Folding, type Target } from './folding.ts'
import { halves, hex } from './ids.ts'
import { Point } from './point.ts'
import { type Contents, readWindow, type Window, writeWindow } from './window.ts'

/** The first byte of every box; another number is another format. Who cannot read sketches must not seal them away. */
const FORMAT = 2
const WITH_SKETCHES = 3

/** One point of a box and the series it belongs to, by the ids of its metric and of its label set. */
export interface Entry {
  readonly metric: string
  readonly labels: string
  readonly point: Point
}

/** The two halves of a box: header and scalars; buckets and sketches. */
export interface Packed {
  readonly numbers: Uint8Array
  readonly detail: Uint8Array
}

/** Packs points, each series once. The order of `entries` is kept; equal lists give equal bytes. */
export function pack(window: Window, entries: readonly Entry[]): Packed {
  const steps = packing(window, entries)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** The same in short turns: `breathe` is asked after each step. */
export async function packInSteps(
  window: Window,
  entries: readonly Entry[],
  breathe: () => Promise<void> | undefined
): Promise<Packed> {
  const steps = packing(window, entries)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    const pause = breathe()
    if (pause !== undefined) await pause
  }
}

/** So many points are packed between two looks at the clock: of the first of a process, fifty took 5 ms. */
const STEP = 10
/** From so many bytes on what is packed is put aside, so that it is not copied again and again while it grows. */
const PIECE = 65_536

function* packing(window: Window, entries: readonly Entry[]): Generator<undefined, Packed> {
  const places = new Map<string, number>()
  const sections = new Map<string, Section>()
  const one = new ByteWriter(256)
  let format = FORMAT
  for (let i = 0; i < entries.length; i++) {
    const { metric, labels, point } = entries[i]!
    let section = sections.get(metric)
    if (section === undefined) sections.set(metric, (section = new Section()))
    let place = places.get(labels)
    if (place === undefined) places.set(labels, (place = places.size))
    section.add(place, point, window.start, one)
    if (point.sketch !== undefined) format = WITH_SKETCHES
    // A sketch takes as long as all the points of a step.
    if (i % STEP === STEP - 1 || point.sketch !== undefined) yield
  }
  const numbers = new ByteWriter(4096)
  numbers.byte(format)
  writeWindow(numbers, window)
  numbers.varint(places.size)
  for (const id of places.keys()) writeId(numbers, id)
  numbers.varint(sections.size)
  const pieces: Uint8Array[] = []
  for (const [metric, section] of sections) {
    writeId(numbers, metric)
    section.writeTo(numbers, pieces)
    yield
  }
  return { numbers: numbers.take(), detail: yield* joined(pieces) }
}

/** The points of one metric, being packed. */
class Section {
  readonly #numbers = new ByteWriter(1024)
  readonly #detail = new ByteWriter(1024)
  /** What is packed of buckets and sketches and was put aside, and how long all of it is. */
  readonly #pieces: Uint8Array[] = []
  #length = 0
  #points = 0
  #before = -1

  add(place: number, point: Point, start: number, one: ByteWriter): void {
    this.#points++
    this.#numbers.signed(place - this.#before - 1)
    this.#before = place
    writeScalars(this.#numbers, point, start)
    if (point.buckets !== undefined) {
      writeBuckets(one, point.buckets)
      this.#append(one)
    }
    if (point.sketch !== undefined) {
      point.sketch.writeTo(one)
      this.#append(one)
    }
  }

  writeTo(numbers: ByteWriter, pieces: Uint8Array[]): void {
    this.#putAside()
    numbers.varint(this.#points)
    numbers.varint(this.#numbers.length)
    numbers.varint(this.#length)
    numbers.raw(this.#numbers.take())
    for (const piece of this.#pieces) pieces.push(piece)
  }

  #append(one: ByteWriter): void {
    this.#detail.varint(one.length)
    this.#detail.raw(one.take())
    if (this.#detail.length >= PIECE) this.#putAside()
  }

  #putAside(): void {
    const piece = this.#detail.take()
    this.#length += piece.length
    this.#pieces.push(piece)
  }
}

function writeId(out: ByteWriter, id: string): void {
  const [hi, lo] = halves(id)
  out.uint32(hi)
  out.uint32(lo)
}

/** A box opened for reading: its header is read, its points are folded on demand. */
export class OpenedBox implements Window {
  readonly start: number
  readonly end: number
  readonly final: boolean
  readonly contents: readonly Contents[]
  readonly #numbers: Uint8Array
  readonly #detail: Uint8Array
  /** Where the label sets begin, and how many there are: those and the directory are read when they are asked for. */
  readonly #labelsAt: number
  readonly #labelCount: number
  #labels: Uint32Array | undefined
  #directory: Directory | undefined

  /** Throws a RangeError when the bytes are of a format that this version does not know. */
  constructor(box: Packed) {
    this.#numbers = box.numbers
    this.#detail = box.detail
    const from = new ByteReader(box.numbers)
    const format = from.byte()
    if (format !== FORMAT && format !== WITH_SKETCHES) throw new RangeError(`box format ${format} is unknown`)
    const window = readWindow(from)
    this.start = window.start
    this.end = window.end
    this.final = window.final
    this.contents = window.contents
    this.#labelCount = Math.min(from.varint(), box.numbers.length)
    this.#labelsAt = from.at
  }

  /** The label sets that occur, as pairs of uint32 halves of their ids. */
  get labels(): Uint32Array {
    return (this.#labels ??= new ByteReader(this.#numbers, this.#labelsAt).uint32s(2 * this.#labelCount))
  }

  /** The ids of the metrics that occur. */
  get metrics(): readonly string[] {
    return this.#places.metrics
  }

  /** What stands behind the points (core/unfinished.ts). */
  get rest(): Uint8Array {
    return this.#numbers.subarray(this.#places.end)
  }

  /** How many points a metric has. */
  points(metric: string): number {
    return this.#places.find(metric)?.points ?? 0
  }

  /**
   * Merges each point of `metric` into the one that `target` gives for its label set (an index into `labels`, pairs
   * counted once); `undefined` skips it. Without `withDetail` histograms and sketches are left out.
   */
  fold(metric: string, withDetail: boolean, target: Target): void {
    this.#folding(metric)?.step(Infinity, withDetail, target)
  }

  /** The same, and after so many points each time it asks for a breath. */
  *foldInSteps(step: number, metric: string, withDetail: boolean, target: Target): Generator<undefined, void> {
    const folding = this.#folding(metric)
    while (folding?.ended === false) {
      folding.step(step, withDetail, target)
      yield
    }
  }

  /** The label sets that occur, by their ids. */
  labelIds(): string[] {
    return Array.from({ length: this.labels.length / 2 }, (_, i) => hex(this.labels[2 * i]!, this.labels[2 * i + 1]!))
  }

  /** Every point in an object of its own. */
  *entries(): Generator<Entry> {
    const ids = this.labelIds()
    for (const metric of this.metrics) {
      const points: Entry[] = []
      this.fold(metric, true, (index) => {
        const point = new Point()
        points.push({ metric, labels: ids[index] ?? '', point })
        return point
      })
      yield* points
    }
  }

  #folding(metric: string): Folding | undefined {
    const section = this.#places.find(metric)
    if (section === undefined) return undefined
    const numbers = new ByteReader(this.#numbers, section.numbersAt)
    const detail = new ByteReader(this.#detail, section.detailAt)
    return new Folding(numbers, detail, section.points, this.start)
  }

  get #places(): Directory {
    return (this.#directory ??= new Directory(new ByteReader(this.#numbers, this.#labelsAt + 8 * this.#labelCount)))
  }
}
