import type { MetricName } from '../core/labels.ts'
import type { Name, StorageDriver } from '../storage/driver.ts'

/** What the ids in boxes stand for; remembers what the driver's names() said. */
export class Dictionary {
  constructor(_driver: StorageDriver) {}

  /** Takes in names that are being put, so that they need not be read back. */
  learn(_names: Iterable<Name>): void {}

  /** Reads what the store has and this does not, at most once per second of `now`; all of it the first time. */
  async refresh(_now: number): Promise<void> {}

  /** A metric that was ever recorded. */
  metric(_name: string): MetricName | undefined {
    throw new Error('not yet')
  }

  metrics(): readonly MetricName[] {
    throw new Error('not yet')
  }
}
