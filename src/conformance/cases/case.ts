// A conformance case as data: one row of the catalogue and the plays that try it. The text form is case-file.ts's.
//
// Rules kept: a case says only what parties send and must receive, so it can be played against any server.

import type { Milliseconds } from '../../endpoint.js'

export type Level = 'MUST' | 'SHOULD' | 'MAY'

export interface Case {
  /** The catalogue's id: "PFW-004". */
  readonly id: string
  readonly title: string
  readonly level: Level
  /** "RFC 3261 §16.6-3". */
  readonly source: string
  /** How the server must be configured: the base name of its template ("proxy", "stateless", "registrar" ...). */
  readonly role: string
  /** What a target must be able to do besides ("tcp", "ipv6", "dns" ...). */
  readonly needs: readonly string[]
  readonly prose: string
  /** All of them must pass; each begins with parties of its own. */
  readonly plays: readonly Play[]
  /** Why no play can decide it; then there are none. */
  readonly reason: string | undefined
  readonly file: string
  readonly line: number
}

export type Play = readonly Statement[]

interface At {
  readonly line: number
  /** As written, for reports. */
  readonly text: string
}

/**
 * A header to set ("Name: value"), to add ("+Name: value") or to leave out ("-Name"); "body" sets the body; "pad" is how
 * many octets the whole message shall have.
 */
export interface HeaderChange {
  readonly how: 'set' | 'add' | 'remove' | 'body' | 'start' | 'pad'
  readonly name: string
  readonly value: string
}

/** "Via[1].branch is not {first Via[1].branch}". */
export interface Check {
  readonly path: string
  readonly operator: Operator
  readonly value: string
  readonly line: number
}

export type Operator =
  | 'is'
  | 'is not'
  | 'matches'
  | 'does not match'
  | 'contains'
  | 'does not contain'
  | 'is at least'
  | 'is at most'
  | 'is present'
  | 'is absent'
  | 'is same URI as'

export interface SendStatement extends At {
  readonly kind: 'send'
  readonly party: string
  /** A method, or a status with or without a reason phrase; undefined for a raw text; "octets": nothing is completed. */
  readonly what: string | undefined
  /** A request: a party, or a URI. A response: the method or the name of the request that it answers. */
  readonly to: string | undefined
  /** "new tcp": not on the connection on which the request came. */
  readonly over: 'udp' | 'tcp' | 'tls' | 'new tcp' | undefined
  /** host:port, one of the party's own. */
  readonly from: string | undefined
  /** host:port, another one of the server's. */
  readonly at: string | undefined
  /** On streams: octets of a chunk. */
  readonly pieces: number | undefined
  readonly as: string | undefined
  readonly changes: readonly HeaderChange[]
  /** The whole message, placeholders not yet filled, lines joined by CRLF. */
  readonly raw: string | undefined
  /** The message stands in a file. */
  readonly file: FileSource | undefined
  /** So many of them, each with a branch and a Call-ID of its own; once when undefined. */
  readonly times: number | undefined
}

/** Octets of a file of the catalogue's data, some of them replaced. */
export interface FileSource {
  /** "torture/wsinv.dat". */
  readonly name: string
  /** Each must occur; all its occurrences are replaced. */
  readonly replacements: readonly { readonly from: string; readonly to: string }[]
  /** "cut": once for each length but the whole; a number: so many times, each with one octet changed. */
  readonly variation: 'cut' | number | undefined
}

/** The same octets as before. */
export interface RepeatStatement extends At {
  readonly kind: 'repeat'
  readonly party: string
  /** A name, or a method or status: the party's last message of that sort. */
  readonly what: string
  /** host:port, one of the party's own. */
  readonly from: string | undefined
  /** host:port, another one of the server's. */
  readonly at: string | undefined
}

export interface ReceiveStatement extends At {
  readonly kind: 'receive'
  readonly party: string
  readonly pattern: string
  /** The same octets as a message that the party has received before. */
  readonly again: boolean
  readonly withinMs: Milliseconds | undefined
  /** So long after what the statement before it saw or did. */
  readonly afterMs: Milliseconds | undefined
  readonly as: string | undefined
  readonly checks: readonly Check[]
}

/** What arrives and is no SIP message; `matching` is a pattern. */
export interface OctetsStatement extends At {
  readonly kind: 'octets'
  readonly party: string
  readonly matching: string
}

/** The server ends a connection. */
export interface ClosedStatement extends At {
  readonly kind: 'closed'
  readonly withinMs: Milliseconds | undefined
}

export interface SilenceStatement extends At {
  readonly kind: 'silence'
  /** None: everybody. */
  readonly parties: readonly string[]
  /** undefined: nothing at all. */
  readonly pattern: string | undefined
  readonly forMs: Milliseconds | undefined
}

/** The first alternative whose first statement comes true is taken; its other statements must hold. */
export interface OneOfStatement extends At {
  readonly kind: 'one of'
  readonly alternatives: readonly Play[]
}

export interface WaitStatement extends At {
  readonly kind: 'wait'
  readonly forMs: Milliseconds
}

export interface CheckStatement extends At {
  readonly kind: 'check'
  readonly left: string
  readonly check: Check
}

/** The server, a user agent itself, sends a request of its own: "the server sends OPTIONS to callee". */
export interface OrderStatement extends At {
  readonly kind: 'order'
  readonly method: string
  /** A party or a URI, or "dialog": the server's last call. */
  readonly to: string
  readonly changes: readonly HeaderChange[]
}

/** A request that the server is to send. */
export interface Order {
  readonly method: string
  /** undefined: in its last call. */
  readonly uri: string | undefined
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** "callee registers": REGISTER and its 200. "caller and callee are in a call": INVITE, 200, ACK. */
export interface CourseStatement extends At {
  readonly kind: 'register' | 'call'
  readonly party: string
  readonly other: string | undefined
  readonly changes: readonly HeaderChange[]
}

/** "close": the party's stream connections end. "by hand": failure responses to it are acknowledged by the play only. */
export interface CloseStatement extends At {
  readonly kind: 'close' | 'by hand'
  readonly party: string
}

/** "udp only": the party refuses connections. "listens": at another address (host:port) too. */
export interface DoorStatement extends At {
  readonly kind: 'udp only' | 'listens'
  readonly party: string
  readonly at: string
}

/** A record of the name service that the server asks: "dns SRV _sip._udp.example.net 10 60 5060 {callee host}". */
export interface DnsStatement extends At {
  readonly kind: 'dns'
  readonly record: string
  readonly name: string
  readonly value: string
}

export type Statement =
  | SendStatement
  | RepeatStatement
  | ReceiveStatement
  | OctetsStatement
  | ClosedStatement
  | SilenceStatement
  | OneOfStatement
  | WaitStatement
  | CheckStatement
  | CourseStatement
  | CloseStatement
  | DoorStatement
  | DnsStatement
  | OrderStatement

/** What parties are called. */
export const PARTY_NAME = /^(?:caller|callee|hop)\d?$/
const PLACEHOLDER_OF_PARTY = /\{((?:caller|callee|hop)\d?)[ }]/g

/** The parties that appear in a play, in order; "server" is none. */
export function partiesOf(play: Play): string[] {
  const names = new Set<string>()
  const visit = (statements: Play): void => {
    for (const statement of statements) {
      if ('party' in statement) names.add(statement.party)
      if ('other' in statement && statement.other !== undefined) names.add(statement.other)
      if ((statement.kind === 'send' || statement.kind === 'order') && PARTY_NAME.test(statement.to ?? ''))
        names.add(statement.to!)
      if ('parties' in statement) statement.parties.forEach((name) => names.add(name))
      if ('alternatives' in statement) statement.alternatives.forEach(visit)
      for (const [, name] of JSON.stringify(statement).matchAll(PLACEHOLDER_OF_PARTY)) names.add(name!)
    }
  }
  visit(play)
  return [...names]
}
