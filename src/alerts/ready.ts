import type { RuleOptions } from './rule.ts'

/** Rules that can be switched on by their name. */
export const READY: ReadonlyMap<string, RuleOptions> = new Map<string, RuleOptions>([
  ['errors', { when: 'http_error_rate > 5 over 5m for 2m', keepFiring: '5m', severity: 'critical' }],
  ['latency', { when: 'p95(http_latency_ms) > 1000 over 10m for 5m', keepFiring: '5m' }],
  // The best of all processes: one that starts or drains while others serve is nothing to wake anybody for.
  ['down', { when: 'max(health_ready) < 1 over 2m for 1m', keepFiring: '2m', severity: 'critical' }],
  ['no-traffic', { when: 'http_requests absent over 15m', severity: 'critical' }],
  ['disk', { when: 'max(disk_percent) > 90 over 5m for 5m', resolve: 85 }],
  ['memory', { when: 'avg(memory_percent) > 90 over 5m for 10m', resolve: 85 }],
  ['llm-budget', { budget: { usd: 10, per: 'day' } }],
])
