// Waiting for a condition, with a deadline and a name for what did not come true.

const POLL_MS = 5

/** Resolves with the first truthy value of `condition`; rejects, naming `what`, after `deadlineMs`. */
export async function until (what, condition, deadlineMs = 15_000) {
  const end = performance.now() + deadlineMs
  for (;;) {
    const value = await condition()
    if (value) return value
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`)
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}

/** Watches `forbidden` for the whole of `durationMs` and rejects at the first moment it is truthy. */
export async function never (what, forbidden, durationMs) {
  const end = performance.now() + durationMs
  while (performance.now() < end) {
    const value = await forbidden()
    if (value) throw new Error(`happened although it must not: ${what}: ${JSON.stringify(value)}`)
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
}
