// Random choices that a seed repeats.

/** A generator of 32-bit numbers (mulberry32), with the choices the sessions make. */
export class Random {
  constructor (seed) {
    this.state = seed >>> 0
  }

  next () {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = this.state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** An integer from 0 to below `bound`. */
  below (bound) {
    return this.next() % bound
  }

  /** True once in `times`. */
  once (times) {
    return this.below(times) === 0
  }

  pick (choices) {
    return choices[this.below(choices.length)]
  }

  bytes (most) {
    return Uint8Array.from({ length: this.below(most + 1) }, () => this.below(256))
  }
}
