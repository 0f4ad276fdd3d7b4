import { MINUTE } from '../../src/core/time.ts'
import { Sealer } from '../../src/pipeline/sealer.ts'
import type { StorageDriver } from '../../src/storage/driver.ts'
import { minute, putting, START } from './boxes.ts'

/** Fifty instances of 500 series, for a quarter of an hour. */
export interface Fleet {
  readonly instances: number
  readonly series: number
  /** Server CPU of one flush, µs. */
  readonly server: number
  /** Bytes for a series of one instance in an hour: as written, and once sealed. */
  readonly open: number
  readonly sealed: number
  /** What a minute of all instances takes until it is sealed, bytes. */
  readonly minute: number
  /** Server CPU for sealing it, ms. */
  readonly sealing: number
}

/** What a store takes, and the CPU time that its server has had, µs. */
export interface Meter {
  readonly bytes: () => number | Promise<number>
  readonly cpu: () => number
}

/** Has simulated writers record into a store that is opened for it, and seals what they wrote. */
export async function fleet(driver: StorageDriver, { bytes, cpu }: Meter): Promise<Fleet> {
  const [instances, series, minutes] = [50, 500, 15]
  await driver.open()
  const [empty, before] = [await bytes(), cpu()]
  for (let index = 0; index < minutes; index++) {
    for (let writer = 0; writer < instances; writer++) {
      await driver.put(putting([minute(`w${writer}`, START + index * MINUTE, series, writer)], START))
    }
  }
  const per = (count: number): number => count / instances / series / (minutes / 60)
  const written = cpu()
  const open = (await bytes()) - empty
  await new Sealer(driver, { days: { startOf: (at) => at, after: (at) => at + 1 } }).run(START + 120 * MINUTE)
  return {
    instances,
    series,
    server: (written - before) / minutes / instances,
    open: per(open),
    sealed: per((await bytes()) - empty),
    minute: open / minutes,
    sealing: (cpu() - written) / 1000,
  }
}
