import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LabelTexts } from '../../src/api/texts.ts'
import { IdIndex } from '../../src/core/ids.ts'
import { Dictionary } from '../../src/query/dictionary.ts'
import { memory } from '../../src/storage/memory.ts'

test('texts are forgotten when there are more than could be in use, and made again', async () => {
  class Counting extends Dictionary {
    asked = 0
    override labels(ids: Uint32Array): Promise<(at: number) => ReadonlyMap<string, string>> {
      this.asked += ids.length / 2
      return Promise.resolve((at) => new Map([['id', String(ids[2 * at + 1])]]))
    }
  }
  const dictionary = new Counting(memory())
  const texts = new LabelTexts()
  const index = new IdIndex()
  for (let id = 0; id < 200_001; id++) index.add(1, id)
  await texts.learn(index.ids.slice(0, 400_000), dictionary)
  texts.forget()
  await texts.learn(index.ids.slice(0, 400_000), dictionary)
  assert.equal(dictionary.asked, 200_000)
  await texts.learn(index.ids, dictionary)
  assert.equal(texts.get(1, 7), 'id="7"')
  texts.forget()
  assert.equal(texts.get(1, 7), undefined)
  await texts.learn(index.ids.slice(0, 20), dictionary)
  assert.equal(texts.get(1, 7), 'id="7"')
  assert.equal(dictionary.asked, 200_011)
})
