// What each party of a capture has to do when it is played again: what it sends, on which message it waits before it
// does, and what it should get. Made from the messages alone, before anything runs.

import type { Address, Bytes, Milliseconds, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { addressText, type CapturedMessage } from './message.js'

/** Which parties are played: those that make the calls, those that are called, or all. */
export type Side = 'callers' | 'callees' | 'both'

export interface PlannedReceive {
  /** Since the first message of the capture. */
  readonly at: Milliseconds
  readonly text: Bytes
  /** undefined: it cannot be read as SIP. */
  readonly message: Message | undefined
  readonly source: Address
  /** How often it came, copies included. */
  copies: number
}

export interface PlannedSend {
  readonly at: Milliseconds
  readonly text: Bytes
  readonly message: Message | undefined
  readonly target: Address
  readonly transport: Transport
  /** Which of the party's receives comes first (an index); undefined: none. */
  readonly trigger: number | undefined
  /** It makes no sense before its trigger: a response, an ACK. */
  readonly strict: boolean
  /** A copy of an earlier send (an index). */
  readonly copyOf: number | undefined
}

export interface PartyPlan {
  readonly address: Address
  readonly transports: readonly Transport[]
  readonly sends: readonly PlannedSend[]
  readonly receives: readonly PlannedReceive[]
  readonly isCaller: boolean
}

export interface Plan {
  readonly servers: readonly Address[]
  readonly parties: readonly PartyPlan[]
  readonly durationMs: Milliseconds
  /** Branches, tags and Call-IDs that the played parties made up. */
  readonly own: ReadonlySet<string>
}

/**
 * The servers' addresses with those from which they connected over TCP: what leaves there has a Via of theirs on top.
 */
export function serverEnds(messages: readonly CapturedMessage[], servers: readonly Address[]): Set<string> {
  const ends = new Set(servers.map(addressText))
  for (const { transport, source, bytes } of messages) {
    if (transport === 'udp' || ends.has(addressText(source))) continue
    const message = parseMessage(bytes)
    const via = message instanceof Malformed || !message.isRequest ? undefined : message.topVia()
    if (via === undefined || via instanceof Malformed) continue
    const sentBy = { address: via.host.replace(/[[\]]/g, ''), port: via.port ?? 5060 }
    if (ends.has(addressText(sentBy))) ends.add(addressText(source))
  }
  return ends
}

/** The plan for playing the parties around the servers. */
export function planOf(messages: readonly CapturedMessage[], servers: readonly Address[], side: Side): Plan {
  const isServer = serverEnds(messages, servers)
  const startMs = messages[0]?.at ?? 0
  const drafts = new Map<string, Draft>()
  const draft = (address: Address): Draft => {
    const key = addressText(address)
    let found = drafts.get(key)
    if (found === undefined) drafts.set(key, (found = new Draft(address)))
    return found
  }
  for (const captured of messages) {
    const { source, target } = captured
    const parsed = parseMessage(captured.bytes)
    const message = parsed instanceof Malformed ? undefined : parsed
    const at = captured.at - startMs
    // First what is sent: who sends to itself has not got it yet.
    if (!isServer.has(addressText(source))) draft(source).sends(captured, message, at)
    if (!isServer.has(addressText(target))) draft(target).receives(captured, message, at)
  }
  const parties = [...drafts.values()].map((each) => each.plan).filter((party) => isPlayed(party, side))
  const own = new Set(parties.flatMap(({ sends }) => sends.flatMap(ownNames)))
  return { servers, parties, own, durationMs: (messages.at(-1)?.at ?? startMs) - startMs }
}

function isPlayed({ isCaller }: PartyPlan, side: Side): boolean {
  return side === 'both' || isCaller === (side === 'callers')
}

/** A party's plan while it is made. */
class Draft {
  readonly #sends: PlannedSend[] = []
  readonly #receives: PlannedReceive[] = []
  readonly #transports = new Set<Transport>()
  readonly #sent = new Map<Bytes, number>()
  readonly #received = new Map<string, PlannedReceive>()
  #isCaller = false

  constructor(private readonly address: Address) {}

  get plan(): PartyPlan {
    return {
      address: this.address,
      transports: [...this.#transports],
      sends: this.#sends,
      receives: this.#receives,
      isCaller: this.#isCaller,
    }
  }

  receives(
    { transport, source, bytes }: CapturedMessage,
    message: Message | undefined,
    at: Milliseconds,
  ): void {
    this.#transports.add(transport)
    const key = `${addressText(source)} ${bytes}`
    const known = this.#received.get(key)
    if (known !== undefined) {
      known.copies++
      return
    }
    const receive = { at, text: bytes, message, source, copies: 1 }
    this.#received.set(key, receive)
    this.#receives.push(receive)
  }

  sends({ transport, target, bytes }: CapturedMessage, message: Message | undefined, at: Milliseconds): void {
    this.#transports.add(transport)
    const copyOf = this.#sent.get(bytes)
    if (copyOf === undefined) this.#sent.set(bytes, this.#sends.length)
    if (
      message?.isRequest === true &&
      message.toTag === undefined &&
      !/^(?:ACK|CANCEL)$/.test(message.method)
    )
      this.#isCaller ||= this.#receives.every((receive) => receive.message?.callId !== message.callId)
    const { trigger, strict } =
      copyOf === undefined ? this.#triggerOf(message) : { trigger: undefined, strict: true }
    this.#sends.push({ at, text: bytes, message, target, transport, trigger, strict, copyOf })
  }

  #triggerOf(message: Message | undefined): { trigger: number | undefined; strict: boolean } {
    if (message === undefined) return { trigger: undefined, strict: false }
    if (!message.isRequest) return { trigger: this.#requestFor(message), strict: true }
    const { callId } = message
    const isSame = (other: Message | undefined): boolean => other?.callId === callId
    if (message.method === 'ACK')
      return { trigger: this.#last((other) => isSame(other) && other!.status >= 200), strict: true }
    return { trigger: this.#last(isSame), strict: false }
  }

  /** The latest request of the branch: a 487 answers the CANCEL's arrival, not the INVITE's. */
  #requestFor(response: Message): number | undefined {
    const branch = branchOf(response)
    return this.#last(
      (other) => other?.isRequest === true && other.method !== 'ACK' && branchOf(other) === branch,
    )
  }

  #last(fits: (message: Message | undefined) => boolean): number | undefined {
    const index = this.#receives.findLastIndex(({ message }) => fits(message))
    return index < 0 ? undefined : index
  }
}

function branchOf(message: Message): string | undefined {
  const via = message.topVia()
  return via === undefined || via instanceof Malformed ? undefined : via.branch
}

/** What the sender of a message made up. */
function ownNames({ message }: PlannedSend): string[] {
  if (message === undefined) return []
  if (!message.isRequest) return message.toTag === undefined ? [] : [message.toTag]
  const names = [branchOf(message), message.fromTag]
  if (message.toTag === undefined) names.push(message.callId)
  return names.filter((name) => name !== undefined)
}

interface Middle {
  readonly address: Address
  /** Initial requests it got, by the caller's tag, and how many of them it sent on. */
  readonly got: Set<string>
  relayed: number
}

/** The address in the middle: the one that sent on most of the requests it got; else the one that was asked most. */
export function guessServer(messages: readonly CapturedMessage[]): Address | undefined {
  const found = new Map<string, Middle>()
  const at = (address: Address): Middle => {
    const key = addressText(address)
    const known = found.get(key) ?? { address, got: new Set<string>(), relayed: 0 }
    found.set(key, known)
    return known
  }
  for (const { source, target, bytes } of messages) {
    const message = parseMessage(bytes)
    if (message instanceof Malformed || !message.isRequest || message.toTag !== undefined) continue
    const name = `${userPart(message.to())} ${message.cseqMethod}`
    const sender = at(source)
    if (sender.got.has(`${message.callId} ${name}`) || sender.got.has(name)) sender.relayed++
    at(target).got.add(`${message.callId} ${name}`).add(name)
  }
  const ranked = [...found.values()].sort(
    (one, two) => two.relayed - one.relayed || two.got.size - one.got.size,
  )
  return ranked[0]?.address
}

/** A B2BUA makes a new Call-ID and new tags; whom the call is for stays. */
function userPart(to: ReturnType<Message['to']>): string {
  return to === undefined || to instanceof Malformed ? '' : (/^[^:]+:([^@;]+)@/.exec(to.uri)?.[1] ?? to.uri)
}
