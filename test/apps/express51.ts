import express from 'express51'
import type { TestApp } from './app.ts'
import { expressApp } from './express.ts'

export const app: TestApp = expressApp('Express 5.1', express)
