// An editing trace: one patch for each edit, [position, units deleted, text inserted].
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** Reads a recorded one, gzipped JSON as in github.com/josephg/editing-traces (sequential_traces). */
export const recorded = file => {
  const { startContent, txns } = JSON.parse(gunzipSync(readFileSync(file)))
  if (startContent !== '') throw new Error(`${file} does not begin with nothing`)
  return txns.flatMap(({ patches }) => patches)
}

/** Generates one in the shape of the paper's: seven in ten insert one character, the rest delete one, one in five jumps elsewhere. */
export const generated = (random, count) => {
  let [length, cursor] = [0, 0]
  return Array.from({ length: count }, () => {
    if (random.once(5)) cursor = random.below(length + 1)
    if (cursor > 0 && random.below(10) > 6) {
      [length, cursor] = [length - 1, cursor - 1]
      return [cursor, 1, '']
    }
    [length, cursor] = [length + 1, cursor + 1]
    return [cursor - 1, 0, random.once(80) ? '\n' : random.pick(['e', 't', 'a', 'o', ' '])]
  })
}

/** The text after so many edits, for each of these counts in rising order. */
export function * texts (patches, counts) {
  let [text, done] = ['', 0]
  for (const count of counts) {
    for (; done < count; done++) {
      const [at, deleted, inserted] = patches[done]
      text = text.slice(0, at) + inserted + text.slice(at + deleted)
    }
    yield text
  }
}
