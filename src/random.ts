// Seeded randomness (sfc32): same seed, same sequence, on every machine. Not for secrets: the host hands those in.

export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number) {
    this.#a = 0x9e3779b9
    this.#b = seed >>> 0
    this.#c = Math.floor(seed / 0x100000000) >>> 0
    for (let round = 0; round < 12; round++) this.uint32()
  }

  /** A whole number from 0 to 2^32-1. */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** A fraction in [0, 1). */
  fraction(): number {
    return this.uint32() / 0x100000000
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }

  /** `digits` lower-case hexadecimal digits. */
  hex(digits: number): string {
    let text = ''
    while (text.length < digits) text += this.uint32().toString(16).padStart(8, '0')
    return text.slice(0, digits)
  }

  /** An independent stream that depends only on this one's seed and position. */
  fork(): Random {
    return new Random(this.uint32() + this.below(0x200000) * 0x100000000)
  }
}
