/** One process of the app, which faults may kill, freeze, and start again. */
export interface Hand {
  /** Its place: 0, 1, … */
  readonly place: number
  /** Of the process that runs now, or ran last. */
  readonly pid: number
  /** Runs, and is not frozen. */
  readonly lives: boolean
  /** Sends a signal; SIGSTOP and SIGCONT are remembered, and requests then wait elsewhere. */
  signal(signal: NodeJS.Signals): void
  /** Resolves once the process is gone. */
  gone(): Promise<void>
  /** Starts a process in its place, unless one runs. */
  start(): Promise<void>
}

/** All processes of the app. */
export interface Crew {
  readonly hands: readonly Hand[]
}
