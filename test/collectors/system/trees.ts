import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Files, filesUnder } from '../../../src/collectors/system/files.ts'

/** The files of a machine that there is not. */
export function machine(t: TestContext, files: Readonly<Record<string, string>>): Files {
  const root = mkdtempSync(join(tmpdir(), 'pocketmetrics-machine-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return filesUnder(root)
}

const MEMINFO = 'MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    4000000 kB\nBuffers: 1 kB\n'

/** A machine of 16 GB, a quarter of which is available. */
export const HOST: Readonly<Record<string, string>> = { '/proc/meminfo': MEMINFO }

/** A container on version 2 as systemd and Kubernetes make it: groups within groups, seen from outside. */
export const NESTED: Readonly<Record<string, string>> = {
  ...HOST,
  '/proc/self/cgroup': '0::/kubepods.slice/pod\\1/app\n',
  '/proc/self/mountinfo':
    '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n' +
    '30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n',
  '/sys/fs/cgroup/kubepods.slice/memory.max': 'max\n',
  '/sys/fs/cgroup/kubepods.slice/cpu.max': 'max 100000\n',
  '/sys/fs/cgroup/kubepods.slice/pod\\1/memory.max': '300000000\n',
  '/sys/fs/cgroup/kubepods.slice/pod\\1/memory.current': '150000000\n',
  '/sys/fs/cgroup/kubepods.slice/pod\\1/memory.stat': 'anon 1\nfile 2\ninactive_file 30000000\n',
  '/sys/fs/cgroup/kubepods.slice/pod\\1/cpu.max': '150000 100000\n',
  '/sys/fs/cgroup/kubepods.slice/pod\\1/app/memory.max': '400000000\n',
  '/sys/fs/cgroup/kubepods.slice/pod\\1/app/memory.current': '1\n',
  '/sys/fs/cgroup/kubepods.slice/pod\\1/app/cpu.max': '200000 100000\n',
}

/** A container on version 1 as Docker made it: its own group is mounted, while its path is told from outside. */
export const DOCKER: Readonly<Record<string, string>> = {
  ...HOST,
  '/proc/self/cgroup': '11:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/docker/abc\n',
  '/proc/self/mountinfo':
    '30 22 0:26 /docker/abc /sys/fs/cgroup/memory ro master:15 - cgroup cgroup rw,memory\n' +
    '31 22 0:27 /docker/abc /sys/fs/cgroup/cpu\\040cpuacct ro master:16 - cgroup cgroup rw,cpu,cpuacct\n' +
    '32 22 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes': '209715200\n',
  '/sys/fs/cgroup/memory/memory.usage_in_bytes': '104857600\n',
  '/sys/fs/cgroup/memory/memory.stat': 'cache 3\ninactive_file 5\ntotal_inactive_file 4857600\n',
  '/sys/fs/cgroup/cpu cpuacct/cpu.cfs_quota_us': '50000\n',
  '/sys/fs/cgroup/cpu cpuacct/cpu.cfs_period_us': '100000\n',
}
