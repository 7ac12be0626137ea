// The Contact header of a registrar's 200 (the recorded SER 0.9.7: one header, comma separated, q only when set).

import type { Milliseconds } from '../../endpoint.js'
import type { Contact } from '../usrloc.js'

/** Bytes that the Contact header of a reply may take; what is more is left out. */
const CONTACT_LINE_LENGTH_MAX = 8192

/** A whole header line; '' when there are no contacts. */
export function contactLine(
  contacts: readonly Contact[],
  now: Milliseconds,
  /** Name of the parameter that says where a contact is really reached. */
  receivedParam: string,
): string {
  let values = ''
  for (const { uri, q, expiresAt, received, display = '', params = '' } of contacts) {
    const left = Math.ceil((expiresAt - now) / 1000)
    const behind = received === undefined ? '' : `;${receivedParam}="${received}"`
    const name = display === '' ? '' : `${display} `
    const value = `${name}<${uri}>${q === undefined ? '' : `;q=${qText(q)}`};expires=${left}${params}${behind}`
    if (values.length + value.length > CONTACT_LINE_LENGTH_MAX) break
    values += values === '' ? value : `, ${value}`
  }
  return values === '' ? '' : `Contact: ${values}\r\n`
}

/** Thousandths as a q value (RFC 3261 §25.1 qvalue). */
export function qText(q: number): string {
  return q === 0 ? '0' : String(q / 1000)
}

/** A q value in thousandths; undefined when it is none. */
export function parseQ(text: string): number | undefined {
  return /^(?:0(?:\.\d{0,3})?|\.\d{1,3}|1(?:\.0{0,3})?)$/.test(text)
    ? Math.round(Number(text) * 1000)
    : undefined
}
