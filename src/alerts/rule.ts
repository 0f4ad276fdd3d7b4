import type { Labels } from '../core/labels.ts'

export type Severity = 'info' | 'warning' | 'critical'
export type Op = '>' | '>=' | '<' | '<=' | '==' | '!='

/** Conditions on labels, as `metrics.query({ where })` takes them. */
export type Where = Readonly<Record<string, string | readonly string[]>>

/** What a rule looks at; times in ms. */
export type Condition =
  | { readonly kind: 'threshold'; readonly op: Op; readonly threshold: number; readonly resolve: number | null }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'change'
      /** Below 0: fires when it drops by so many percent; above 0: when it rises. */
      readonly percent: number
      readonly against: 'previous' | 'week'
      /** And by so many robust standard deviations. */
      readonly deviations: number
    }
  | {
      readonly kind: 'budget'
      readonly usd: number
      readonly per: 'day' | 'month'
      /** Shares of `usd` at which there is a message, growing. */
      readonly at: readonly number[]
      readonly tz: string
    }

/** What happens while there is nothing to judge by. */
export interface NoData {
  readonly policy: 'keep' | 'ok' | 'alert'
  /** For `alert`: after so many ms. */
  readonly after: number
  /** Whether the rule says it: then a count of nothing is no data, rather than 0. */
  readonly said: boolean
}

/** A time of the week, in local time. */
export interface Mute {
  /** 0 is Sunday. */
  readonly days: readonly number[]
  /** Minutes of the day; `to` may be below `from`, for the next day. */
  readonly from: number
  readonly to: number
  readonly tz: string
}

/** A rule with everything settled; times in ms. */
export interface Rule {
  readonly name: string
  /** The rule in one line, for people. */
  readonly text: string
  readonly metric: string
  /** The denominator of a ratio, in percent. */
  readonly dividedBy: string | null
  /** Null: what is usual for the kind of the metric. */
  readonly aggregate: string | null
  readonly window: number
  readonly where: Where
  readonly groupBy: readonly string[]
  readonly condition: Condition
  readonly for: number
  readonly keepFiring: number
  readonly minSamples: number
  readonly noData: NoData
  readonly repeatEvery: number | null
  readonly severity: Severity
  readonly labels: Labels
  readonly mute: readonly Mute[]
  /** Names of notifiers. */
  readonly notify: readonly string[]
}

/** A rule as an app gives it. Durations are texts such as `'5m'`. */
export interface RuleOptions {
  /** What it is called in messages; one of a kind. */
  readonly name?: string
  /** A ready-made rule to begin with: `errors`, `latency`, `down`, `no-traffic`, `disk`, `memory`, `llm-budget`. */
  readonly use?: string
  /** The condition in one line: `'http_error_rate > 5 over 5m'`. */
  readonly when?: string
  /** The same in parts. */
  readonly metric?: string
  /** The denominator of a ratio: the rule then looks at 100 × metric / dividedBy, of sums. */
  readonly dividedBy?: string
  /** `sum`, `avg`, `p95` …; default what is usual for the metric. */
  readonly aggregate?: string
  /** How far back it looks. Default `5m`, at least `1m`: that is the resolution of the data. */
  readonly window?: string
  readonly filter?: Where
  /** Labels: each of their values is judged for itself. */
  readonly groupBy?: string | readonly string[]
  readonly op?: Op
  readonly threshold?: number
  /** True: fires when nothing is recorded within the window. */
  readonly absent?: boolean
  /** Fires when it drops or rises by so many percent, against the median of the windows before or of the same hour last weeks. */
  readonly change?: {
    readonly drops?: number
    readonly rises?: number
    readonly against?: 'previous' | 'week'
    readonly deviations?: number
  }
  /** Money for language models: messages at shares of it, once each per day or month. */
  readonly budget?: {
    readonly usd: number
    readonly per: 'day' | 'month'
    readonly endpoint?: string
    readonly model?: string
    readonly feature?: string
    /** Default `[0.5, 0.8, 1]`. */
    readonly at?: readonly number[]
    /** Default: the option `timezone`. */
    readonly tz?: string
  }
  /** How long it must hold before there is a message. Default `0s`. */
  readonly for?: string
  /** It resolves only beyond this value: hysteresis. Default the threshold. */
  readonly resolve?: number
  /** It resolves only after it has been good for so long. Default `0s`. */
  readonly keepFiring?: string
  /** With fewer values than this it is not judged. Default 20 for ratios and percentiles, else 0. */
  readonly minSamples?: number
  /** Without data: `keep` the state (default), be `ok`, or `alert`, at once or `{ alert: '10m' }`. */
  readonly noData?: 'keep' | 'ok' | 'alert' | { readonly alert: string }
  /** A reminder while it goes on; null never. Default `4h`. */
  readonly repeatEvery?: string | null
  /** Default `warning`. */
  readonly severity?: Severity
  /** Sent along with every message. */
  readonly labels?: Labels
  /** When no message is sent: `{ days: 'sat-sun' }`, `{ from: '22:00', to: '06:00', tz: 'Europe/Berlin' }`. */
  readonly mute?: MuteOptions | readonly MuteOptions[]
  /** Names of notifiers. Default: all. */
  readonly notify?: string | readonly string[]
}

/** A time at which no message is sent. */
export interface MuteOptions {
  /** `'mon-fri'`, `'sat,sun'` or a list. Default every day; a window over midnight belongs to the day on which it begins. */
  readonly days?: string | readonly string[]
  /** Local times `'HH:MM'`; without them the whole day. */
  readonly from?: string
  readonly to?: string
  /** An IANA zone. Default: the option `timezone`. */
  readonly tz?: string
}
