import express from 'express4'
import type { TestApp } from './app.ts'
import { expressApp } from './express.ts'

export const app: TestApp = expressApp('Express 4', express)
