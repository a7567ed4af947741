// Frames over stdin and stdout, one request and one answer at a time: four bytes of length, little-endian, then the frame.
import { readSync, writeSync } from 'node:fs'

// Yjs warns on the console, and the frames go over stdout.
console.log = console.error

const write = bytes => {
  let at = 0
  while (at < bytes.length) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

const read = length => {
  const bytes = Buffer.alloc(length)
  let at = 0
  while (at < length) {
    try {
      const got = readSync(0, bytes, at, length - at, null)
      if (got === 0) process.exit(0) // the test is over
      at += got
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
  return bytes
}

/** Sends one tagged frame and returns the answer's fields, each length-prefixed in the answer. */
export const ask = (tag, payload = new Uint8Array()) => {
  const frame = Buffer.alloc(5 + payload.length)
  frame.writeUInt32LE(1 + payload.length, 0)
  frame[4] = tag.charCodeAt(0)
  frame.set(payload, 5)
  write(frame)
  const answer = read(read(4).readUInt32LE(0))
  const fields = []
  for (let at = 0; at < answer.length;) {
    const length = answer.readUInt32LE(at)
    fields.push(answer.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return fields
}

export const text = content => Buffer.from(content, 'utf8')
