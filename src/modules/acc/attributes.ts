// What an accounting record may hold, by the letters of log_fmt (SER module acc).

import { Malformed } from '../../errors.js'
import type { Context } from '../../proxy/context.js'
import type { Message } from '../../sip/message.js'
import { Header } from '../../sip/names.js'
import type { NameAddr } from '../../sip/name-addr.js'
import { parseUri, type Uri } from '../../sip/uri.js'
import { auth } from '../auth.js'

/** What is accounted for. */
export interface Subject {
  /** Of the request. */
  readonly context: Context
  /** Where it was sent. */
  readonly uri: string
  /** The message whose To counts: the reply that was relayed, else the request. */
  readonly answer: Message
  /** "200", "486 Busy Here", or the script's comment. */
  readonly status: string
}

interface Attribute {
  /** In a log line. */
  readonly name: string
  readonly of: (subject: Subject) => string | undefined
}

/** What stands for a missing value. */
const MISSING = 'n/a'

const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
  c: { name: 'call_id', of: ({ context }) => context.message.callId },
  d: { name: 'totag', of: ({ answer }) => answer.toTag },
  f: { name: 'from', of: ({ context }) => context.message.header(Header.FROM) },
  i: { name: 'i-uri', of: ({ context }) => context.message.requestUri },
  m: { name: 'method', of: ({ context }) => context.message.method },
  o: { name: 'o-uri', of: ({ uri }) => uri },
  r: { name: 'fromtag', of: ({ context }) => context.message.fromTag },
  s: { name: 'code', of: ({ status }) => status },
  t: { name: 'to', of: ({ answer }) => answer.header(Header.TO) },
  u: { name: 'uid', of: digestUser },
  p: { name: 'userpart', of: ({ context }) => read(context.message.uri())?.user },
  0: { name: 'fromuser', of: ({ context }) => uriIn(context.message.from())?.user },
  1: { name: 'touser', of: ({ answer }) => uriIn(answer.to())?.user },
  F: { name: 'fromuri', of: ({ context }) => read(context.message.from())?.uri },
  T: { name: 'touri', of: ({ answer }) => read(answer.to())?.uri },
  U: { name: 'uid', of: (subject) => digestUser(subject) ?? read(subject.context.message.from())?.uri },
  S: { name: 'code', of: ({ status }) => status.slice(0, 3) },
  n: { name: 'cseq', of: ({ context }) => read(context.message.cseq())?.number.toString() },
  D: { name: 'domain', of: ({ context }) => read(context.message.uri())?.host },
  X: { name: 'fromdomain', of: ({ context }) => uriIn(context.message.from())?.host },
}

/** The user whose digest credentials the script accepted. */
function digestUser({ context }: Subject): string | undefined {
  if (!context.engine.has(auth as never)) return undefined
  return context.engine.use(auth).acceptedFor(context)?.credentials.user
}

function read<T>(value: T | Malformed | undefined): T | undefined {
  return value instanceof Malformed ? undefined : value
}

function uriIn(address: NameAddr | Malformed | undefined): Uri | undefined {
  const uri = read(address)?.uri
  return uri === undefined ? undefined : read(parseUri(uri))
}

/** Throws an Error that names the letter of a log_fmt that is none. */
export function checkFormat(format: string): void {
  for (const letter of format)
    if (!Object.hasOwn(ATTRIBUTES, letter))
      throw new Error(
        `acc: invalid letter in log_fmt: "${letter}"; there are ${Object.keys(ATTRIBUTES).join('')}`,
      )
}

/** The value of one attribute. */
export function attributeOf(subject: Subject, letter: string): string {
  return ATTRIBUTES[letter]!.of(subject) || MISSING
}

/** [name, value] of each letter. */
export function attributesOf(subject: Subject, format: string): (readonly [string, string])[] {
  return [...format].map((letter) => [ATTRIBUTES[letter]!.name, attributeOf(subject, letter)])
}
