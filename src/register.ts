import { isMainThread } from 'node:worker_threads'
import { llmHub } from './llm/hub.ts'
import { isOn } from './llm/switch.ts'
import { Metrics } from './metrics.ts'

if (isOn(process.env['METRICS_LLM']) !== false) llmHub()

// `node --import pocketmetrics/register server.js`: no line of code; configured by the environment. Preloads run in
// worker threads too, and one instance a process is enough.
if (isMainThread) new Metrics()
