// force_rtp_proxy and unforce_rtp_proxy: each stream of a session description is led through the RTP proxy
// (SER module nathelper).

import type { Context } from '../../proxy/context.js'
import type { ArgumentKind, Result } from '../../script/contract.js'
import type { Edit } from '../../sip/edit.js'
import type { Message } from '../../sip/message.js'
import { appended, descriptionOf, MARK, readdress, type Description, type Stream } from './sdp.js'
import type { Relay, RtpProxy } from './rtp-proxy.js'

/**
 * The letters of force_rtp_proxy: a asymmetric, i and e from inside or outside, l only what there is already, f also
 * behind another RTP proxy, r the address in the description is true, o the origin line changes, too.
 */
const LETTERS = 'aielfro'

/** The flags of force_rtp_proxy as an argument. */
export const FLAGS: ArgumentKind = {
  name: 'flags',
  fix: (text) => {
    for (const letter of text)
      if (!LETTERS.includes(letter.toLowerCase()))
        throw new Error(`unknown option "${letter}": there are ${LETTERS}`)
    return text.toLowerCase()
  },
}

/** The words that name a call to the RTP proxy; undefined when the message has none. */
interface Named {
  readonly callId: string
  readonly from: string
  readonly to: string | undefined
}

function nameOf({ callId, fromTag, toTag }: Message): Named | undefined {
  if (callId === undefined || fromTag === undefined || fromTag === '') return undefined
  return { callId, from: fromTag, to: toTag }
}

/** Leads the streams of the message through the proxy; -1 when it is not to be, or cannot be. */
export function forceStreams(context: Context, proxy: RtpProxy, flags: string, address?: string): Result {
  const { message } = context
  const description = descriptionOf(message)
  const name = nameOf(message)
  if (description === undefined || name === undefined || description.streams.length === 0) return -1
  if (description.isMarked && !flags.includes('f')) return -1
  const command = commandOf(message, name, flags)
  if (command === undefined) return -1
  const rewriting = new Rewriting(context, proxy, { description, command, flags, address })
  return rewriting.stream(0)
}

/** How streams are asked for: an offer makes a session (U), its answer finds it (L). */
interface Command {
  readonly verb: 'U' | 'L'
  readonly callId: string
  /** Of who sent this description and of the other one; the one whose offer made the session comes first. */
  readonly tags: readonly string[]
}

function commandOf(message: Message, { callId, from, to }: Named, flags: string): Command | undefined {
  const { isRequest, method } = message
  const onlyKnown = flags.includes('l')
  if (isRequest ? method !== 'INVITE' : message.cseqMethod !== 'INVITE') return undefined
  if (isRequest && !onlyKnown) return { verb: 'U', callId, tags: to === undefined ? [from] : [from, to] }
  // SER: only requests within a dialog can be meant by l.
  if (to === undefined || (onlyKnown && !isRequest)) return undefined
  return { verb: 'L', callId, tags: isRequest ? [to, from] : [from, to] }
}

interface Wanted {
  readonly description: Description
  readonly command: Command
  readonly flags: string
  /** Put into the description when the proxy names none. */
  readonly address: string | undefined
}

/** The streams one after the other; the message changes only when all of them have a port. */
class Rewriting {
  readonly #edits: Edit[] = []
  #isSessionDone = false
  /** The address that the first stream got. */
  #shown: string | undefined

  constructor(
    private readonly context: Context,
    private readonly proxy: RtpProxy,
    private readonly wanted: Wanted,
  ) {}

  stream(number: number): Result {
    const { streams } = this.wanted.description
    const stream = streams[number]
    if (stream === undefined) return this.#done()
    if (stream.port === 0) return this.stream(number + 1)
    const words = this.#words(stream, number)
    if (words === undefined) return -1
    return this.proxy.relay(words, (relay) => {
      if (relay === undefined) return -1
      this.#rewrite(stream, relay)
      return this.stream(number + 1)
    })
  }

  #words(stream: Stream, number: number): readonly string[] | undefined {
    const { description, command, flags } = this.wanted
    const isTrue = flags.includes('r') || flags.includes('a')
    const connection = stream.connection ?? description.connection
    if (connection === undefined) return undefined
    // What a phone behind a NAT says of its address is not true, unless the script knows better.
    const address = isTrue ? connection.address : this.context.packet.remote.address
    const letters = [...flags]
      .filter((letter) => 'aie'.includes(letter))
      .join('')
      .toUpperCase()
    const { verb, callId, tags } = command
    const options = `${letters}${address.includes(':') ? '6' : ''}`
    return [
      `${verb}${options}`,
      callId,
      address,
      String(stream.port),
      ...tags.map((tag, at) => (at === 0 ? `${tag};${number + 1}` : tag)),
    ]
  }

  #rewrite(stream: Stream, { port, address }: Relay): void {
    const { description, address: given } = this.wanted
    const shown = address ?? given ?? this.context.packet.local.address
    this.#put(stream.portAt, stream.portEnd, String(port))
    if (stream.rtcp !== undefined) this.#put(stream.rtcp.at, stream.rtcp.end, String(port + 1))
    if (stream.connection !== undefined) this.#readdress(stream.connection, shown)
    // That of the session changes once.
    else if (!this.#isSessionDone && description.connection !== undefined) {
      this.#readdress(description.connection, shown)
      this.#isSessionDone = true
    }
    this.#shown ??= shown
  }

  #put(at: number, end: number, put: string): void {
    this.#edits.push({ at, cut: end - at, put })
  }

  #readdress(connection: NonNullable<Description['connection']>, address: string): void {
    const edit = readdress(connection, address)
    if (edit !== undefined) this.#edits.push(edit)
  }

  #done(): Result {
    const { description, flags } = this.wanted
    if (this.#shown === undefined) return -1
    if (flags.includes('o') && description.origin !== undefined)
      this.#readdress(description.origin, this.#shown)
    if (!description.isMarked) this.#edits.push(appended(this.context.message, description, MARK))
    this.context.edits.push(...this.#edits)
    return 1
  }
}

/** Ends the streams of the call. */
export function unforceStreams({ message }: Context, proxy: RtpProxy): Result {
  const name = nameOf(message)
  if (name === undefined) return -1
  return proxy.forget(['D', name.callId, name.from, ...(name.to === undefined ? [] : [name.to])])
}
