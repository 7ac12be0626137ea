// The letters that a short message can hold: the default alphabet of GSM in seven bits each (3GPP TS 23.038 §6.2.1),
// and UCS2 for everything else.

/** By their codes; the escape code 27 stands for no letter. */
const LETTERS =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const ESCAPE = 27
/** Behind the escape code. */
const EXTENDED: Readonly<Record<string, number>> = {
  ...{ '\f': 10, '^': 20, '{': 40, '}': 41, '\\': 47, '[': 60, '~': 61, ']': 62, '|': 64, '€': 101 },
}
const EXTENDED_LETTERS = new Map(Object.entries(EXTENDED).map(([letter, code]) => [code, letter]))

/** The codes of a text; undefined when a letter is not in the alphabet. */
export function septetsOf(text: string): number[] | undefined {
  const codes: number[] = []
  for (const letter of text) {
    const code = letter === '\0' ? -1 : LETTERS.indexOf(letter)
    if (code >= 0) codes.push(code)
    else if (Object.hasOwn(EXTENDED, letter)) codes.push(ESCAPE, EXTENDED[letter]!)
    else return undefined
  }
  return codes
}

/** The text of codes; what nobody knows is a question mark. */
export function textOfSeptets(codes: readonly number[]): string {
  let text = ''
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!
    if (code === ESCAPE) text += EXTENDED_LETTERS.get(codes[++at] ?? -1) ?? '?'
    else text += LETTERS[code] ?? '?'
  }
  return text
}

/** Seven bits each into octets, the first letter in the lowest bits. */
export function packed(codes: readonly number[]): number[] {
  const octets: number[] = []
  codes.forEach((code, index) => {
    const bit = index * 7
    const [at, shift] = [bit >> 3, bit & 7]
    octets[at] = (octets[at] ?? 0) | ((code << shift) & 0xff)
    if (shift > 1) octets[at + 1] = code >> (8 - shift)
  })
  return octets
}

/** So many codes out of octets, `skip` of them left out. */
export function unpacked(octets: readonly number[], count: number, skip = 0): number[] {
  const codes: number[] = []
  for (let index = skip; index < count; index++) {
    const bit = index * 7
    const [at, shift] = [bit >> 3, bit & 7]
    if (octets[at] === undefined) break
    codes.push(((octets[at] | ((octets[at + 1] ?? 0) << 8)) >> shift) & 0x7f)
  }
  return codes
}
