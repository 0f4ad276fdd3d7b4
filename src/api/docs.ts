/** What the `docs` links of errors lead to: one page, a section for each parameter that can be wrong. */
export const DOCS: string = page([
  [
    'time',
    'from and to',
    'A duration back from now (`24h`, `90s`, `7d`, `1h30m`), `now-24h`, a calendar start (`now/d`, `today`, `yesterday`), a date or a time (`2026-11-22`, `2026-11-22T10:30:00+01:00`), Unix seconds or milliseconds, or `all`. Units: s m h d w M Q y; m is minutes, M and mo are months. A range begins with `from` and ends just before `to`: for the whole of a day write `to=2026-11-22/d`.',
  ],
  ['metric', 'metric', 'One name or up to eight, with commas. /metrics/metrics lists all names, /metrics/labels their labels.'],
  [
    'group_by',
    'group_by',
    'At most one width of time (`auto`, `minute`, `hour`, `day`, `week`, `month`, `quarter`, `year`, `5m`, `6h`) and three labels: `group_by=day,plan`.',
  ],
  [
    'agg',
    'agg and per',
    '`sum`, `count`, `avg`, `min`, `max`, `last`, `rate`, `p50`, `p75`, `p90`, `p95`, `p99`, with commas for several. `rate` is per second unless `per=minute`, `hour` or `day`.',
  ],
  ['timezone', 'tz', 'An IANA name: `tz=Europe/Berlin`.'],
  [
    'filter',
    'Filters',
    'Any label is a parameter: `plan=pro`, `endpoint=/users/*`, `status=5xx`, `method=!GET`, `country=de,at`. Where a label is called like a parameter write `label.from=…`.',
  ],
  ['limit', 'limit, offset, page', '`limit` is 1 to 10,000. Follow `next`; lists of events page on with `before_id` and are polled with `since_id`.'],
  ['format', 'format', '`json`, `csv`, `ndjson`, and `prometheus` at /metrics and /metrics/export. It beats the header `Accept`.'],
  ['shape', 'shape and order', '`shape=envelope`, `rows` (the bare list) or `wide` (a column for each series). `order` is `time`, `value` or `label`, or a column of the list; `-` turns it round.'],
  ['too_large', 'Too large', 'Ask for a shorter range, wider buckets or fewer labels.'],
  ['not_found', 'Not found', 'With `strict=1` a metric that was never seen is an error.'],
  ['busy', 'Busy', 'Four questions run at a time. Ask again after as many seconds as `Retry-After` says.'],
]) // prettier-ignore

function page(sections: readonly (readonly [id: string, title: string, text: string])[]): string {
  const parts = sections.map(([id, title, text]) => {
    const html = text.replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    return `<h2 id="${id}">${title}</h2>\n<p>${html}</p>`
  })
  const head = '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Asking for metrics</title>\n'
  return `${head}<h1>Asking for metrics</h1>\n${parts.join('\n')}\n</html>\n`
}
