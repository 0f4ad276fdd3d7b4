import { parentPort, workerData } from 'node:worker_threads'
import { connect } from '../../src/storage/open.ts'
import { type Place } from '../../src/storage/place.ts'
import { serve } from '../../src/storage/serve.ts'
import { Desk } from './desk.ts'

const { place } = workerData as { place: Place }
if (parentPort !== null) {
  serve(parentPort, async () => {
    const { driver, standing } = await connect(place)
    return new Desk(driver, standing)
  })
}
