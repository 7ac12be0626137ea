// Between octets, as messages have them, and Unicode texts, as databases have them (src/database.ts).

const WIDE = /[\u0080-\u{10ffff}]/u
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** The Unicode text that octets are in UTF-8; octets that are no UTF-8 stay as they are (latin1). */
export function textOf(octets: string): string {
  if (!WIDE.test(octets)) return octets
  try {
    return decoder.decode(Uint8Array.from(octets, (octet) => octet.charCodeAt(0)))
  } catch {
    return octets
  }
}

/** The octets of a Unicode text in UTF-8. */
export function octetsOf(text: string): string {
  if (!WIDE.test(text)) return text
  let octets = ''
  for (const octet of encoder.encode(text)) octets += String.fromCharCode(octet)
  return octets
}
