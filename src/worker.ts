import { parentPort, workerData } from 'node:worker_threads'
import { Rehearsal } from './rehearsal.ts'
import { type Site, startStore } from './stores.ts'
import { serve } from './storage/serve.ts'

// The thread in which storage, queries, sealing and pruning happen, so that none of it holds up the app.
if (parentPort !== null) serve(parentPort, () => startStore(workerData as Site), new Rehearsal())
