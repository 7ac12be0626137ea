// The format strings of xlog, read once at load: text and specifiers of two letters behind a percent sign.

import { Malformed } from '../../errors.js'
import type { Context } from '../../proxy/context.js'
import type { ArgumentKind } from '../../script/contract.js'
import { Header } from '../../sip/names.js'
import type { NameAddr } from '../../sip/name-addr.js'
import { printable } from '../../sip/printable.js'

/** What a specifier that has no value prints. */
const NULL = '<null>'

/** The value of a specifier; undefined when the message has none. */
type Specifier = (context: Context, messageNumber: number) => string | number | undefined
type Piece = string | Specifier

/** A format string, ready to be filled. */
export interface Format {
  readonly pieces: readonly Piece[]
}

const SPECIFIERS: Readonly<Record<string, Specifier>> = {
  ci: ({ message }) => message.callId,
  cs: ({ message }) => {
    const cseq = message.cseq()
    return cseq instanceof Malformed ? undefined : cseq?.number
  },
  ct: ({ message }) => message.header(Header.CONTACT),
  fu: ({ message }) => read(message.from())?.uri,
  ft: ({ message }) => message.fromTag,
  tu: ({ message }) => read(message.to())?.uri,
  tt: ({ message }) => message.toTag,
  is: ({ packet }) => packet.remote.address,
  mb: ({ message }) => message.text,
  mf: ({ flags }) => flags >>> 0,
  mi: (_context, messageNumber) => messageNumber,
  ml: ({ message }) => message.text.length,
  pp: ({ engine }) => engine.settings.pid,
  rm: ({ message }) => (message.isRequest ? message.method : undefined),
  rr: ({ message }) => (message.isRequest ? undefined : message.reason),
  rs: ({ message }) => (message.isRequest ? undefined : message.status),
  // SER's text begins at the user or host.
  ru: ({ message, uri }) => (message.isRequest ? uri.replace(/^sips?:/i, '') : undefined),
  Tf: ({ engine, now }) => clockText(engine.clock(now)),
  Ts: ({ engine, now }) => Math.floor(engine.clock(now).getTime() / 1000),
  ua: ({ message }) => message.header(Header.USER_AGENT),
}

function read(value: NameAddr | Malformed | undefined): NameAddr | undefined {
  return value instanceof Malformed ? undefined : value
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** As ctime writes it, in UTC: "Thu Jan  1 00:00:00 2026". */
export function clockText(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2)
  const time = date.toISOString().slice(11, 19)
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}`
}

/** Letters of the colours of a terminal, in the order of their numbers; capitals are bright, x is the usual one. */
const COLOURS = 'srgybpcw'

/** What switches a terminal to `%C` and two letters, foreground and background; undefined when they are none. */
function colourSwitch(letters: string): string | undefined {
  const [front = '', back = ''] = letters
  const front0 = COLOURS.indexOf(front.toLowerCase())
  const back0 = COLOURS.indexOf(back)
  if ((front0 < 0 && front !== 'x') || (back0 < 0 && back !== 'x')) return undefined
  const bright = front !== front.toLowerCase() ? '1;' : ''
  return `\x1b[0;${bright}${front === 'x' ? 39 : 30 + front0};${back === 'x' ? 49 : 40 + back0}m`
}

/** A format string as an argument. */
export const FORMAT: ArgumentKind = { name: 'format', fix: readFormat }

/** Reads a format string. A specifier that nobody knows prints as one without a value. */
export function readFormat(text: string): Format {
  const pieces: Piece[] = []
  let from = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
    if (at > from) pieces.push(text.slice(from, at))
    const [piece, length] = pieceAt(text, at + 1)
    pieces.push(piece)
    from = at + 1 + length
  }
  if (from < text.length) pieces.push(text.slice(from))
  return { pieces }
}

/** What stands behind a percent sign, and how many letters it takes. */
function pieceAt(text: string, at: number): readonly [Piece, number] {
  if (text[at] === '%') return ['%', 1]
  const colour = text[at] === 'C' ? colourSwitch(text.slice(at + 1, at + 3)) : undefined
  if (colour !== undefined) return [colour, 3]
  const name = text.slice(at, at + 2)
  return [Object.hasOwn(SPECIFIERS, name) ? SPECIFIERS[name]! : NULL, name.length]
}

/** The text; what comes from the network cannot end the line or steer a terminal. */
export function fill({ pieces }: Format, context: Context, messageNumber: number): string {
  let text = ''
  for (const piece of pieces) {
    const value = typeof piece === 'string' ? piece : piece(context, messageNumber)
    text += typeof piece === 'string' ? piece : value === undefined ? NULL : printable(String(value))
  }
  return text
}
