/** An SDK whose client exists: its calls by name, each of which gives the text that the app gets. */
export type Calls = Readonly<Record<string, () => Promise<string>>>

/** Each file of this folder exports one as `make`; `base` is the address of the provider. */
export type Make = (base: string) => Calls

export const ASK: { role: 'user'; content: string }[] = [{ role: 'user', content: 'Say something in many alphabets.' }]

/** All of a stream as one text. */
export async function joined<T>(
  stream: AsyncIterable<T>,
  text: (piece: T) => string | null | undefined
): Promise<string> {
  let all = ''
  for await (const piece of stream) all += text(piece) ?? ''
  return all
}
