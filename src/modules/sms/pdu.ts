// Short messages in the form that modems take and give them (3GPP TS 23.040 §9.2): hexadecimal octets.

import { packed, septetsOf, textOfSeptets, unpacked } from './alphabet.js'

/** Letters of one message in the default alphabet, and in UCS2. */
export const SEPTETS_MAX = 160
export const UCS2_MAX = 70

const SUBMIT = 0x01
const RELATIVE_VALIDITY = 0x10
const REPORT_WANTED = 0x20
const HAS_HEADER = 0x40
const INTERNATIONAL = 0x91
const ALPHANUMERIC = 0x50
const DCS_UCS2 = 0x08
/** Kept by the network for a day. */
const VALIDITY_ONE_DAY = 0xa7

export interface Submission {
  /** "+" and digits. */
  readonly number: string
  readonly text: string
  readonly wantsReport: boolean
  /** Modems of today want a (here empty) address of the service centre in front. */
  readonly hasCentre: boolean
}

/** What the modem is sent, and the length that it is told before: in octets, without the centre's address. */
export function submission({ number, text, wantsReport, hasCentre }: Submission): {
  readonly pdu: string
  readonly length: number
} {
  const digits = number.slice(1)
  const septets = septetsOf(text)
  const user = septets === undefined ? ucs2Of(text) : packed(septets)
  const octets = [
    SUBMIT | RELATIVE_VALIDITY | (wantsReport ? REPORT_WANTED : 0),
    0,
    ...[digits.length, INTERNATIONAL, ...swapped(digits)],
    0,
    septets === undefined ? DCS_UCS2 : 0,
    VALIDITY_ONE_DAY,
    septets?.length ?? user.length,
    ...user,
  ]
  return { pdu: hex(hasCentre ? [0, ...octets] : octets), length: octets.length }
}

function ucs2Of(text: string): number[] {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)).flatMap((code) => [
    code >> 8,
    code & 0xff,
  ])
}

/** Two digits an octet, the first one low. */
function swapped(digits: string): number[] {
  const pairs = (digits.length % 2 === 0 ? digits : `${digits}F`).match(/../g) ?? []
  return pairs.map(([low = '', high = '']) => parseInt(high + low, 16))
}

function hex(octets: readonly number[]): string {
  return octets.map((octet) => octet.toString(16).padStart(2, '0').toUpperCase()).join('')
}

/** What came: a message, or what became of one of ours. */
export type Delivery =
  | { readonly kind: 'message'; readonly from: string; readonly text: string }
  | {
      readonly kind: 'report'
      readonly reference: number
      readonly outcome: 'delivered' | 'waiting' | 'failed'
    }

/** Reads what the network delivered; undefined when it is neither of both, or cut off. */
export function delivery(pdu: string, hasCentre: boolean): Delivery | undefined {
  if (!/^(?:[0-9A-Fa-f]{2}){8,400}$/.test(pdu)) return undefined
  const octets = (pdu.match(/../g) ?? []).map((pair) => parseInt(pair, 16))
  const reader = new Reader(hasCentre ? octets.slice(1 + octets[0]!) : octets)
  const first = reader.octet()
  const kind = first & 3
  const found =
    kind === 0 ? message(reader, (first & HAS_HEADER) !== 0) : kind === 2 ? report(reader) : undefined
  return reader.isCutOff ? undefined : found
}

function message(reader: Reader, hasHeader: boolean): Delivery {
  const from = reader.address()
  reader.octet()
  const coding = reader.octet()
  reader.advance(7)
  const length = reader.octet()
  return { kind: 'message', from, text: reader.text(coding, length, hasHeader) }
}

function report(reader: Reader): Delivery {
  const reference = reader.octet()
  reader.address()
  reader.advance(14)
  const status = reader.octet()
  const outcome = status < 0x20 ? 'delivered' : status < 0x40 ? 'waiting' : 'failed'
  return { kind: 'report', reference, outcome }
}

class Reader {
  #at = 0
  isCutOff = false

  constructor(private readonly octets: readonly number[]) {}

  octet(): number {
    const octet = this.octets[this.#at++]
    if (octet === undefined) this.isCutOff = true
    return octet ?? 0
  }

  advance(count: number): void {
    this.#at += count
  }

  address(): string {
    const length = this.octet()
    const type = this.octet()
    const octets = this.octets.slice(this.#at, this.#at + Math.ceil(length / 2))
    this.#at += Math.ceil(length / 2)
    if ((type & 0x70) === ALPHANUMERIC) return textOfSeptets(unpacked(octets, Math.floor((length * 4) / 7)))
    const digits = octets.map((octet) => hex([((octet & 15) << 4) | (octet >> 4)])).join('')
    return (type === INTERNATIONAL ? '+' : '') + digits.slice(0, length).replace(/\D/g, '')
  }

  text(coding: number, length: number, hasHeader: boolean): string {
    const octets = this.octets.slice(this.#at)
    const header = hasHeader ? 1 + (octets[0] ?? 0) : 0
    const isUcs2 = (coding & 0x0c) === DCS_UCS2
    if (octets.length < (isUcs2 ? length : Math.ceil((length * 7) / 8))) this.isCutOff = true
    if (!isUcs2) return textOfSeptets(unpacked(octets, length, Math.ceil((header * 8) / 7)))
    const pairs = octets.slice(header, length)
    const codes = Array.from(
      { length: Math.floor(pairs.length / 2) },
      (_, at) => (pairs[2 * at]! << 8) | pairs[2 * at + 1]!,
    )
    return codes.map((code) => String.fromCharCode(code)).join('')
  }
}
