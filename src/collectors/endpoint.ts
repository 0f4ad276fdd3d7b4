/** What is counted as one when there are too many endpoints. */
export const OTHER_ENDPOINT = '(other)'

/** A route template and what is held for it by method. */
export class Endpoint<Recorder> {
  readonly template: string
  /** Not counted: a probe, the favicon, what the `ignore` option names. */
  readonly ignored: boolean
  readonly byMethod: Map<string, Recorder> = new Map()
  /** The last one used: most endpoints know one method only. */
  lastMethod: string | undefined
  last: Recorder | undefined

  constructor(template: string, ignored: boolean) {
    this.template = template
    this.ignored = ignored
  }
}
