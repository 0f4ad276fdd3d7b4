import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import { driverAt, sealAt, storeOver } from '../shelf.ts'

/** Several at once make windows final, at moments of their own; leases keep real processes from that, most of the time. */
export const seal: Fault = {
  name: 'seal',
  weight: 2,
  possible: () => true,
  async strike({ field, now }, random) {
    let over = false
    const sealing = Array.from({ length: random.whole(1, 3) }, async () => {
      const driver = await driverAt(field.truth)
      // Trouble of the store is another fault's: who seals comes back.
      for (; !over; await pause(random.whole(0, 300))) await sealAt(driver, now()).catch(() => undefined)
      await driver.close()
    })
    return async () => {
      over = true
      await Promise.all(sealing)
    }
  },
}

/** Maintenance by the way of the lease, and somebody who leaves it behind. */
export const maintain: Fault = {
  name: 'maintain',
  possible: () => true,
  async strike({ field, now }, random) {
    const driver = await driverAt(field.truth)
    const store = storeOver(driver, `keeper-${random.whole(1, 1e6)}`)
    for (let round = random.whole(1, 5); round > 0; round--) await store.maintain(now()).catch(() => undefined)
    return () => store.close()
  },
}
