import { DAY, MINUTE } from '../core/time.ts'
import { MetricsError } from '../errors.ts'
import { zoneOf } from '../query/zone.ts'
import { onlyKnown, refuse, shown, split } from './refuse.ts'
import type { Mute, MuteOptions } from './rule.ts'

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const ALL = [0, 1, 2, 3, 4, 5, 6]
const WHOLE_DAY = DAY / MINUTE

/** Whether clocks in the window's zone show a time that is in it: so it begins and ends in local time, whatever the clocks do. */
export function isMuted(windows: readonly Mute[], now: number): boolean {
  return windows.some(({ days, from, to, tz }) => {
    const local = zoneOf(tz).local(now)
    const minute = Math.floor((local % DAY) / MINUTE)
    const day = new Date(local).getUTCDay()
    if (from <= to) return days.includes(day) && minute >= from && minute < to
    return (days.includes(day) && minute >= from) || (days.includes((day + 6) % 7) && minute < to)
  })
}

/** Checks windows; throws `bad_option`. */
export function settleMute(option: string, given: unknown, timezone: string): readonly Mute[] {
  if (given === undefined) return []
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  return list.map((one) => {
    onlyKnown(option, one, ['days', 'from', 'to', 'tz'])
    const { days, from, to, tz } = one as MuteOptions
    if ((from === undefined) !== (to === undefined)) {
      refuse(option, 'has only one of from and to', "Give both, such as from: '22:00', to: '06:00'.")
    }
    if (from === undefined && days === undefined) refuse(option, 'is empty', "Give days: 'sat-sun', or from and to.")
    const [begin, end] = [minutes(`${option}: from`, from, 0), minutes(`${option}: to`, to, WHOLE_DAY)]
    if (begin === end) refuse(`${option}: to`, 'is the same as from', 'Leave both out for whole days.')
    return { days: daysOf(`${option}: days`, days), from: begin, to: end, tz: zoneName(`${option}: tz`, tz, timezone) }
  })
}

function minutes(option: string, value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise
  const [, hour = '', minute = ''] = (typeof value === 'string' && /^(\d\d?):(\d\d)$/.exec(value)) || []
  const at = Number(hour) * 60 + Number(minute)
  if (hour === '' || Number(minute) > 59 || at > WHOLE_DAY) refuse(option, shown(value), "Give a time such as '22:00'.")
  return at
}

function daysOf(option: string, value: unknown): readonly number[] {
  if (value === undefined) return ALL
  const list = typeof value === 'string' ? split(value) : value
  const hint = "Give days such as 'mon-fri' or ['sat', 'sun']."
  if (!Array.isArray(list) || list.length === 0) refuse(option, shown(value), hint)
  return list.flatMap((one: unknown): number[] => {
    const [first, last] = String(one)
      .toLowerCase()
      .split('-')
      .map((name) => DAYS.indexOf(name.slice(0, 3)))
    if (first === undefined || first < 0 || (last !== undefined && last < 0)) return refuse(option, shown(one), hint)
    const count = last === undefined ? 1 : ((last - first + 7) % 7) + 1
    return Array.from({ length: count }, (_, at) => (first + at) % 7)
  })
}

/** The name of a zone that there is; `otherwise` when none is given. */
export function zoneName(option: string, value: unknown, otherwise: string): string {
  if (value === undefined) return otherwise
  try {
    if (typeof value === 'string') return zoneOf(value).name
  } catch (error) {
    if (!(error instanceof MetricsError)) throw error
  }
  return refuse(option, shown(value), "Give an IANA zone such as 'Europe/Berlin'.")
}
