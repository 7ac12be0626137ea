// The one door: everything that speaks SIP (proxy, phone, SIPp player, capture replay) is an Endpoint.
//
// Behind the door there is no socket, timer, clock, randomness, promise or file: time is the `now` argument, what
// must be asked of the world is an `ask` output that an `answer` input settles later, and whatever a reader may want
// to know is an `event` output (made only when the endpoint was built to trace). Two endpoints share nothing.

import type { Row, TableQuery } from './database.js'

/** A point in time or a length of time, in milliseconds; never the wall clock inside an endpoint. */
export type Milliseconds = number

/** Octets as a string of one character an octet (latin1): immutable, comparable, cheap to slice and lossless. */
export type Bytes = string

export type Transport = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'

/** An IP address in text form (IPv6 without brackets) and a port. Node's `rinfo` fits it as it is. */
export interface Address {
  readonly address: string
  readonly port: number
}

/** A datagram, or a chunk of a stream as it came (a chunk may hold half a message, or three; over WebSocket it is one). */
export interface Packet {
  readonly type: 'packet'
  readonly transport: Transport
  /** The listening address it arrived at. */
  readonly local: Address
  readonly remote: Address
  readonly bytes: Bytes
  /** The driver's number of the stream connection; undefined for datagrams. */
  readonly connection?: number
}

/** The deadline has come. */
export interface Wake {
  readonly type: 'wake'
}

/** What came of an `ask` output, by its id. */
export interface Settled {
  readonly type: 'answer'
  readonly id: number
  readonly answer: Answer
}

/** A stream connection ended: closed by the peer, reset, or never opened. */
export interface Closed {
  readonly type: 'closed'
  readonly connection: number
  readonly transport: Transport
  readonly remote: Address
  readonly reason: 'closed' | 'reset' | 'refused' | 'timeout'
  /** What ended it, where the system tells: "self-signed certificate". */
  readonly detail?: string
}

/** The network said that a datagram cannot arrive (ICMP port or host unreachable). */
export interface Unreachable {
  readonly type: 'unreachable'
  readonly transport: Transport
  readonly local: Address
  readonly remote: Address
}

/** An order from whoever holds the endpoint (a step, a control client): plain JSON data, so that a log can replay it. */
export interface Command {
  readonly type: 'command'
  readonly command: unknown
}

export type Input = Packet | Wake | Settled | Closed | Unreachable | Command

/** Bytes for a destination. On a stream: by `connection` while it is open, else over one to `remote` (opened if need be). */
export interface Send {
  readonly type: 'send'
  readonly transport: Transport
  readonly local: Address
  readonly remote: Address
  readonly bytes: Bytes
  readonly connection?: number
  /** On a stream, as long as its connection has no number: one that only sends of this channel share. */
  readonly channel?: number
  /** The same request goes to the same place once more, because nothing was heard. */
  readonly isRepeated?: boolean
}

/** A question that the host answers later, by id; while it is open virtual time stands still. */
export interface Ask {
  readonly type: 'ask'
  readonly id: number
  readonly question: Question
}

/** End a stream connection (a framing error, an idle limit). */
export interface Close {
  readonly type: 'close'
  readonly connection: number
}

export interface Happening {
  readonly type: 'event'
  readonly event: TraceEvent
}

export type Output = Send | Ask | Close | Happening

export type Question =
  | {
      readonly kind: 'resolve'
      readonly record: 'A' | 'AAAA' | 'SRV' | 'NAPTR' | 'PTR'
      readonly name: string
    }
  | {
      readonly kind: 'exec'
      readonly command: string
      readonly argument: string | undefined
      readonly environment: Readonly<Record<string, string>>
      readonly input: Bytes
      readonly timeoutMs: Milliseconds
    }
  | {
      readonly kind: 'query'
      /** SER's db_url, from the script: "mysql://ser:secret@dbhost/ser", "sqlite://ser.db". */
      readonly database: string
      /** All of them or none; the answer is the last one's. */
      readonly queries: readonly TableQuery[]
    }
  /** Octets for a program or device that speaks no SIP (an RTP proxy, a modem), and what it says to them. */
  | {
      readonly kind: 'exchange'
      /** From the script: "udp:host:port", "unix:/path", "serial:/dev/ttyS0?baud=9600". */
      readonly channel: string
      readonly bytes: Bytes
      /** What comes back is complete when it holds one of these. */
      readonly until: readonly string[]
      /** How often datagrams are sent; on other channels nothing is lost. */
      readonly tries: number
      /** For each of the tries. */
      readonly timeoutMs: Milliseconds
    }

export interface SrvRecord {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

export type Answer =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'services'; readonly services: readonly SrvRecord[] }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'pointers'; readonly pointers: readonly NaptrRecord[] }
  | { readonly kind: 'exit'; readonly code: number; readonly output: Bytes }
  | {
      readonly kind: 'rows'
      readonly rows: readonly Row[]
      /** Rows inserted, changed or deleted. */
      readonly affected: number
    }
  | { readonly kind: 'octets'; readonly octets: Bytes }
  | { readonly kind: 'failure'; readonly reason: string }

export interface NaptrRecord {
  readonly order: number
  readonly preference: number
  readonly flags: string
  readonly service: string
  readonly regexp: string
  readonly replacement: string
}

/** What a control command answers, as SER's FIFO server says it: "200 ok" and any lines behind it. */
export interface ControlAnswer {
  readonly code: number
  readonly reason: string
  /** Without line ends. They may be many, and are made while they are read. */
  readonly lines?: Iterable<string>
  /** No line end follows the reason (SER left some out). */
  readonly isBare?: boolean
  /** The engine is to be stopped when this has been said. */
  readonly stops?: boolean
}

/** What a reader may want to know; made only by an endpoint that was built to trace, but for log lines and answers. */
export type TraceEvent =
  | { readonly kind: 'log'; readonly level: number; readonly text: string }
  | { readonly kind: 'route'; readonly route: string; readonly enter: boolean; readonly value?: number }
  | {
      readonly kind: 'line'
      readonly file: string
      readonly line: number
      readonly column: number
      readonly text: string
    }
  | {
      readonly kind: 'arm'
      readonly file: string
      readonly line: number
      readonly column: number
      readonly taken: boolean
    }
  | {
      readonly kind: 'result'
      readonly line: number
      readonly call: string
      readonly value: number
      readonly uri?: string
    }
  | { readonly kind: 'failure'; readonly route: string; readonly status: number; readonly branch: number }
  | { readonly kind: 'transaction'; readonly id: string; readonly state: string; readonly branch?: number }
  | { readonly kind: 'timer'; readonly timer: string; readonly id: string; readonly branch?: number }
  | { readonly kind: 'drop'; readonly reason: string; readonly bytes: Bytes }
  | { readonly kind: 'phone'; readonly phone: string; readonly text: string }
  /** The answer to a control command, to whoever gave it this token. */
  | { readonly kind: 'control'; readonly token: number; readonly answer: ControlAnswer }

/** Everything that speaks SIP. */
export interface Endpoint {
  /** Wake me no later than this; undefined: only when something arrives. */
  readonly deadline: Milliseconds | undefined
  step(input: Input, now: Milliseconds): Output[]
}
