import { Metrics } from './metrics.ts'

// `node --import pocketmetrics/register server.js`: no line of code; configured by the environment.
new Metrics()
