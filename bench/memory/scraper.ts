import { get } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

// Scrapes once for each message, and says when it has all.
const { port, accept } = workerData as { port: number; accept: string }
parentPort!.on('message', () => {
  const headers = { accept, connection: 'close' }
  get({ port, host: '127.0.0.1', path: '/metrics', headers }, (response) => {
    response.resume().on('end', () => parentPort!.postMessage('done'))
  })
})
