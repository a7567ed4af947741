// What the measurements of a long past share.

/** A server that lets one client write, and ask, as fast as it can. */
export const ARGS = ['--log', 'error', '--limit-messages-per-second', '1000000', '--limit-requests-per-second', '100000']

export const row = (what, figure) => console.log(`| ${what} | ${figure} |`)

/** The value below which this part of sorted ones lies. */
export const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1)
