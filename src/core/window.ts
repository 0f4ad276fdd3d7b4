import type { ByteReader, ByteWriter } from './bytes.ts'
import { MINUTE } from './time.ts'

/** Which minutes of which writer are in a box. */
export interface Contents {
  readonly writer: string
  /** The host's or container's name, as configured. */
  readonly instance: string
  /** Minutes since 1970, half-open, ascending and apart. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

/** The span of a box, Unix ms, half-open, and what it is made of. */
export interface Window {
  readonly start: number
  readonly end: number
  readonly contents: readonly Contents[]
  /** False while its writer may still put it again with more in it. */
  readonly final: boolean
}

/** What a one-minute box of one writer says of its contents. */
export function minuteOf(writer: string, instance: string, start: number, final: boolean): Window {
  const minute = Math.floor(start / MINUTE)
  return { start, end: start + MINUTE, contents: [{ writer, instance, ranges: [[minute, minute + 1]] }], final }
}

/** Whether `contents` hold this minute (since 1970) of this writer. */
export function covers(contents: readonly Contents[], writer: string, minute: number): boolean {
  return contents.some(
    (part) => part.writer === writer && part.ranges.some(([from, to]) => from <= minute && minute < to)
  )
}

/** Writes a window as `readWindow` reads it. */
export function writeWindow(out: ByteWriter, window: Window): void {
  out.byte(window.final ? 1 : 0)
  out.signed(window.start)
  out.varint(window.end - window.start)
  out.varint(window.contents.length)
  for (const part of window.contents) {
    out.text(part.writer)
    out.text(part.instance)
    out.varint(part.ranges.length)
    let before = 0
    for (const [from, to] of part.ranges) {
      out.signed(from - before)
      out.varint(to - from)
      before = to
    }
  }
}

function readContents(from: ByteReader): Contents {
  const writer = from.text()
  const instance = from.text()
  const ranges: [number, number][] = []
  let before = 0
  for (let left = from.varint(); left > 0 && !from.ended; left--) {
    const start = before + from.signed()
    before = start + from.varint()
    ranges.push([start, before])
  }
  return { writer, instance, ranges }
}

/** Reads what `writeWindow` wrote. */
export function readWindow(from: ByteReader): Window {
  const final = from.byte() === 1
  const start = from.signed()
  const end = start + from.varint()
  const contents: Contents[] = []
  for (let left = from.varint(); left > 0 && !from.ended; left--) contents.push(readContents(from))
  return { start, end, contents, final }
}
