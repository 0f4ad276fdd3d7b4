/** What an event can carry beside its name: flat and finite, so that every store and format can hold it. */
export type Field = string | number | boolean | null

/** One thing that happened, kept for a while. Told apart for ever by (writer, number). */
export interface Event {
  readonly writer: string
  /** Grows by one or more within a writer; a store keeps each number once. */
  readonly number: number
  /** `request`, `track`, `error`, `system`, `deploy`, `alert`, `llm`, … */
  readonly kind: string
  /** Unix milliseconds. */
  readonly time: number
  /** The endpoint of a request, the metric of a tracked value, the type of an error. */
  readonly name: string
  /** Latency in ms of a request, the tracked value; 1 where there is none. */
  readonly value: number
  /** How many events this one stands for after sampling. */
  readonly weight: number
  readonly labels: Readonly<Record<string, string>>
  /**
   * What belongs to the kind. request: `method, status, ttfb_ms, request_bytes, response_bytes, slow, aborted, instance`;
   * error: `message, stack, frame, group, endpoint`; system: `cpu, memory, disk`.
   */
  readonly fields: Readonly<Record<string, Field>>
}

/** An event before it is numbered: the flusher numbers those of all sources in one row. */
export type Draft = Omit<Event, 'writer' | 'number'>

/** An event as a store gives it back: with the integer id by which it is paged. */
export interface KeptEvent extends Event {
  /** Grows with every event that the store takes; never used twice. */
  readonly id: number
}
