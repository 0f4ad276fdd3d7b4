import express from 'express'
import type { TestApp } from './app.ts'
import { expressApp } from './express.ts'

export const app: TestApp = expressApp('Express 5', express)
