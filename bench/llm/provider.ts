import { Provider } from '../../test/llm/provider.ts'
import { tell } from '../launch.ts'

// The tests' provider in a process of its own, so that what it takes is not counted to the app.
const provider = await new Provider().start()
tell({ url: provider.url({ id: 'bench' }) })
