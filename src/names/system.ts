import { type Metric, MICRO, stored } from './metric.ts'

/** How our own code calls the metrics of process and machine. */
export type SystemKey =
  | 'cpu'
  | 'cpuTime'
  | 'hostCpu'
  | 'memory'
  | 'memoryPercent'
  | 'memoryLimit'
  | 'containerMemory'
  | 'containerMemoryPercent'
  | 'hostMemoryPercent'
  | 'disk'
  | 'diskFree'
  | 'rootDisk'
  | 'load1'
  | 'load5'
  | 'load15'
  | 'openFiles'
  | 'openFilesLimit'
  | 'uptime'
  | 'starts'
  | 'loopDelay'
  | 'loopUtilization'
  | 'blocking'
  | 'gc'
  | 'heap'
  | 'heapPercent'
  | 'heapSpace'
  | 'external'
  | 'handles'

const DELAYS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const PAUSES = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]

function percent(name: string, help: string, prometheus: string, otel?: string): Metric {
  const more = { prometheus: [prometheus, 0.01] as const, ...(otel === undefined ? {} : { otel }) }
  return stored(name, 'gauge', 'percent', help, more)
}

/** Stored in bytes, shown in millions of them. */
function megabytes(name: string, help: string, prometheus: string, otel?: string): Metric {
  const more = { factor: 1e-6, prometheus: [prometheus, 1] as const, ...(otel === undefined ? {} : { otel }) }
  return stored(name, 'gauge', 'MB', help, more)
}

function gauge(name: string, unit: string, help: string, prometheus: string, otel?: string): Metric {
  return stored(name, 'gauge', unit, help, { prometheus: [prometheus, 1], ...(otel === undefined ? {} : { otel }) })
}

/** What each process of a machine or container reads alike. */
function alike(metric: Metric): Metric {
  return { ...metric, across: 'mean' }
}

/** The metrics of process and machine; each has the label `instance`, but for `blocking_ms`. */
export const SYSTEM: Readonly<Record<SystemKey, Metric>> = {
  cpu: percent(
    'cpu_percent',
    "CPU time of the process, in percent of its container's quota, or of one core where there is none",
    'process_cpu_utilization_ratio',
    'process.cpu.utilization'
  ),
  cpuTime: stored('cpu_seconds', 'counter', 's', 'CPU time of the process', {
    factor: MICRO,
    prometheus: ['process_cpu_seconds', MICRO],
    otel: 'process.cpu.time',
  }),
  hostCpu: percent(
    'host_cpu_percent',
    'Time in which the cores of the machine were busy',
    'system_cpu_utilization_ratio',
    'system.cpu.utilization'
  ),
  memory: megabytes(
    'memory_mb',
    'Real memory that the process holds',
    'process_resident_memory_bytes',
    'process.memory.usage'
  ),
  memoryPercent: percent(
    'memory_percent',
    "Real memory of the process, in percent of its container's limit, or of the machine where there is none",
    'process_memory_utilization_ratio'
  ),
  memoryLimit: alike(
    megabytes(
      'memory_limit_mb',
      'The limit of the container, or the memory of the machine where there is none',
      'process_memory_limit_bytes'
    )
  ),
  containerMemory: alike(
    megabytes(
      'container_memory_mb',
      'Memory of all processes of the container, without files that nobody reads any more',
      'container_memory_used_bytes',
      'container.memory.working_set'
    )
  ),
  containerMemoryPercent: percent(
    'container_memory_percent',
    'The same in percent of the limit of the container',
    'container_memory_utilization_ratio'
  ),
  hostMemoryPercent: percent(
    'host_memory_percent',
    'Memory of the machine that is not available',
    'system_memory_utilization_ratio',
    'system.memory.utilization'
  ),
  disk: percent(
    'disk_percent',
    "Of the disk with the store's file, or the root disk where it is no file",
    'disk_utilization_ratio',
    'system.filesystem.utilization'
  ),
  diskFree: alike(megabytes('disk_free_mb', 'What may still be written to that disk', 'disk_available_bytes')),
  rootDisk: percent('disk_root_percent', 'Of the root disk', 'disk_root_utilization_ratio'),
  load1: alike(
    gauge(
      'load_1m',
      'processes',
      'Processes that ran or waited to, mean of a minute',
      'system_load_average_1m',
      'system.cpu.load_average.1m'
    )
  ),
  load5: alike(
    gauge('load_5m', 'processes', 'The same, of 5 minutes', 'system_load_average_5m', 'system.cpu.load_average.5m')
  ),
  load15: alike(
    gauge('load_15m', 'processes', 'The same, of 15 minutes', 'system_load_average_15m', 'system.cpu.load_average.15m')
  ),
  openFiles: gauge(
    'open_files',
    'files',
    'Open file descriptors',
    'process_open_fds',
    'process.unix.file_descriptor.count'
  ),
  openFilesLimit: alike(
    gauge(
      'open_files_limit',
      'files',
      'How many file descriptors may be open',
      'process_max_fds',
      'process.unix.file_descriptor.limit'
    )
  ),
  uptime: {
    ...gauge('uptime_seconds', 's', 'Time since the process started', 'process_uptime_seconds', 'process.uptime'),
    across: 'max',
  },
  starts: stored('process_starts', 'counter', 'starts', 'Starts of processes', { prometheus: ['process_starts', 1] }),
  loopDelay: stored('event_loop_delay_ms', 'histogram', 'ms', 'By how much timers come too late', {
    factor: 1e-3,
    prometheus: ['nodejs_eventloop_delay_seconds', MICRO],
    bounds: DELAYS,
    otel: 'nodejs.eventloop.delay',
  }),
  loopUtilization: gauge(
    'event_loop_utilization',
    'ratio',
    'Share of time in which the event loop was busy, 0 to 1',
    'nodejs_eventloop_utilization_ratio',
    'nodejs.eventloop.utilization'
  ),
  blocking: stored('blocking_ms', 'counter', 'ms', 'Time in which an endpoint held up the event loop, 50 ms or more', {
    factor: 1e-3,
    prometheus: ['http_event_loop_blocked_seconds', MICRO],
  }),
  gc: stored('gc_ms', 'histogram', 'ms', 'Pauses for garbage collection, by type', {
    factor: 1e-3,
    prometheus: ['nodejs_gc_duration_seconds', MICRO],
    bounds: PAUSES,
    otel: 'v8js.gc.duration',
  }),
  heap: megabytes('heap_mb', "JavaScript's heap in use", 'nodejs_heap_size_used_bytes', 'v8js.memory.heap.used'),
  heapPercent: percent('heap_percent', 'The same in percent of what V8 allows', 'nodejs_heap_utilization_ratio'),
  heapSpace: megabytes(
    'heap_space_mb',
    "Each of the heap's spaces in use, by type",
    'nodejs_heap_space_size_used_bytes',
    'v8js.memory.heap.space.used'
  ),
  external: megabytes('external_mb', 'Buffers beside the heap', 'nodejs_external_memory_bytes'),
  handles: gauge(
    'active_handles',
    'handles',
    'Sockets, timers, requests and whatever else keeps the process running',
    'nodejs_active_handles'
  ),
}
