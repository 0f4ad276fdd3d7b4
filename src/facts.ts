import type { Alerts } from './alerts/alerts.ts'
import type { Settings } from './config.ts'
import type { Flusher } from './pipeline/flusher.ts'
import type { Recorder } from './recorder.ts'
import type { Standing } from './storage/store.ts'

/** What only this process knows, for the snapshot; `started` is a moment of the monotonic clock. */
export function facts(
  { app, instance, release }: Settings,
  recorder: Recorder,
  flusher: Flusher,
  standing: Standing,
  started: number,
  alerts: Pick<Alerts, 'facts'>
): Readonly<Record<string, unknown>> {
  return {
    ...recorder.costs.facts(),
    alerts: alerts.facts(),
    app,
    instance,
    release: release ?? null,
    uptime_seconds: Math.floor((recorder.clock.monotonic() - started) / 1000),
    active_requests: recorder.http.active,
    ...recorder.system.facts,
    storage_mode: standing.mode,
    storage_problem: standing.problem,
    last_flush: flusher.lastAt ?? null,
    waiting_boxes: flusher.waiting.boxes,
    waiting_events: flusher.waiting.events,
    dropped: countOf(recorder.drops) + countOf(flusher.drops) + (standing.refused ?? 0),
    faults: recorder.guard.faults,
  }
}

function countOf(drops: ReadonlyMap<string, number>): number {
  return [...drops.values()].reduce((sum, count) => sum + count, 0)
}
