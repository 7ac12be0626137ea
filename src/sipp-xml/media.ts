// Media of calls: recordings, raw sound and digits, sent as RTP (RFC 3550) from the media port when the player sends
// media at all; in virtual time they take their time and nothing is sent.

import type { Address, Bytes, Milliseconds, Output } from '../endpoint.js'
import type { Call } from './call.js'
import type { MediaOptions, MediaPacket } from './options.js'
import type { MediaOrder } from './world.js'

const STREAMS_MAX = 10_000
const FRAME_MS = 20
const CLOCK_PER_FRAME = 160
/** Octets of a frame by payload type; others: G.711's. */
const FRAME_BYTES: Readonly<Record<number, number>> = { 0: 160, 3: 33, 4: 24, 8: 160, 9: 160, 18: 20 }
const FRAME_BYTES_DEFAULT = 160
const LOOPS_MAX = 1_000_000
const DIGITS_MAX = 64
/** RFC 4733: events of a digit, each told so often. */
const DIGIT_FRAMES = 5
const DIGIT_GAP_MS = 60
const DIGIT_PAYLOAD_TYPE = 96
const DIGITS = '0123456789*#ABCD'

interface Stream {
  readonly call: Call
  readonly remote: Address
  readonly local: Address
  /** The nth packet and when it is due after the start; undefined: that was the last. */
  readonly packet: (nth: number) => MediaPacket | undefined
  startedAt: Milliseconds
  nth: number
  next: MediaPacket
  pausedAt: Milliseconds | undefined
}

export class MediaStreams {
  readonly #streams = new Set<Stream>()
  #ssrc = 1
  /** Are packets that arrive sent back (-rtp_echo, <rtp_echo>)? */
  echoes: boolean

  constructor(private readonly options: MediaOptions) {
    this.echoes = options.echoes
  }

  get deadline(): Milliseconds | undefined {
    let least: Milliseconds | undefined
    for (const { startedAt, next, pausedAt } of this.#streams)
      if (pausedAt === undefined && (least === undefined || startedAt + next.atMs < least))
        least = startedAt + next.atMs
    return least
  }

  /** Carries out an order of a call's scenario; returns what to remark about it. */
  order(call: Call, order: MediaOrder, now: Milliseconds): string {
    switch (order.kind) {
      case 'recording':
        return this.#recording(call, order.media, order.file, now)
      case 'stream':
        return this.#sound(call, order.what, now)
      case 'digits':
        return this.#start(call, 'audio', digitPackets(order.digits.slice(0, DIGITS_MAX)), now)
      case 'control':
        return this.#control(call, order.word, now)
    }
  }

  /** A call is over: its media end. */
  stop(call: Call): void {
    for (const stream of this.#streams) if (stream.call === call) this.#streams.delete(stream)
  }

  /** Sends what is due. */
  wake(now: Milliseconds, outputs: Output[]): void {
    for (const stream of this.#streams)
      while (stream.pausedAt === undefined && stream.startedAt + stream.next.atMs <= now) {
        const { local, remote } = stream
        outputs.push({ type: 'send', transport: 'udp', local, remote, bytes: stream.next.bytes })
        const next = stream.packet(++stream.nth)
        if (next === undefined) {
          this.#streams.delete(stream)
          break
        }
        stream.next = next
      }
  }

  #recording(call: Call, media: 'audio' | 'video' | 'image', file: string, now: Milliseconds): string {
    const packets = this.options.recordings.get(file)
    if (packets === undefined) return `${file} is not there: nothing is sent`
    return this.#start(call, media, (nth) => packets[nth], now)
  }

  /** "file[,loops[,payload type[,payload name]]]" */
  #sound(call: Call, what: string, now: Milliseconds): string {
    const [file = '', loops = '1', type] = what.split(',').map((part) => part.trim())
    const sound = this.options.sounds.get(file)
    if (sound === undefined || sound === '') return `${file} is not there: nothing is sent`
    const payloadType = type === undefined || type === '' ? this.options.payloadType : Number(type)
    const rounds = Number(loops) < 0 ? LOOPS_MAX : Math.min(Number(loops) || 1, LOOPS_MAX)
    const packets = soundPackets(sound, payloadType & 0x7f, rounds, this.#ssrc++)
    return this.#start(call, 'audio', packets, now)
  }

  #start(
    call: Call,
    media: 'audio' | 'video' | 'image',
    packet: Stream['packet'],
    now: Milliseconds,
  ): string {
    const target = call.media
    const port = target?.[media] ?? 0
    if (target === undefined || port === 0) return `the peer has named no port for ${media}: nothing is sent`
    const next = packet(0)
    if (next === undefined) return 'there is no packet to send'
    if (!this.options.sends) return `${media} to ${target.address}:${port} (takes time, nothing is sent)`
    if (this.#streams.size >= STREAMS_MAX) return `more than ${STREAMS_MAX} streams: nothing is sent`
    const local = { address: this.options.address, port: this.options.port + (media === 'video' ? 2 : 0) }
    const remote = { address: target.address, port }
    this.#streams.add({ call, remote, local, packet, startedAt: now, nth: 0, next, pausedAt: undefined })
    return `${media} to ${target.address}:${port}`
  }

  #control(call: Call, word: string, now: Milliseconds): string {
    if (word === 'echo on' || word.startsWith('start')) this.echoes = true
    else if (word === 'echo off' || word.startsWith('stop')) this.echoes = false
    else if (word.startsWith('pause')) this.#pause(call, now)
    else if (word.startsWith('resume')) this.#resume(call, now)
    else return `${word} is not played`
    return word
  }

  #pause(call: Call, now: Milliseconds): void {
    for (const stream of this.#streams) if (stream.call === call) stream.pausedAt ??= now
  }

  #resume(call: Call, now: Milliseconds): void {
    for (const stream of this.#streams) {
      if (stream.call !== call || stream.pausedAt === undefined) continue
      stream.startedAt += now - stream.pausedAt
      stream.pausedAt = undefined
    }
  }
}

/** An RTP packet (RFC 3550 §5.1). */
function rtp(payloadType: number, sequence: number, time: number, ssrc: number, payload: Bytes): Bytes {
  return `${octets(0x80, 1)}${octets(payloadType, 1)}${octets(sequence, 2)}${octets(time, 4)}${octets(ssrc, 4)}${payload}`
}

/** A number as so many octets, the highest first. */
function octets(value: number, count: number): Bytes {
  let text = ''
  for (let shift = (count - 1) * 8; shift >= 0; shift -= 8)
    text += String.fromCharCode(Math.floor(value / 2 ** shift) & 0xff)
  return text
}

function soundPackets(sound: Bytes, payloadType: number, rounds: number, ssrc: number): Stream['packet'] {
  const size = FRAME_BYTES[payloadType] ?? FRAME_BYTES_DEFAULT
  const frames = Math.ceil(sound.length / size)
  return (nth) => {
    if (nth >= frames * rounds) return undefined
    const from = (nth % frames) * size
    const bytes = rtp(payloadType, nth & 0xffff, nth * CLOCK_PER_FRAME, ssrc, sound.slice(from, from + size))
    return { atMs: nth * FRAME_MS, bytes }
  }
}

/** Telephone events (RFC 4733 §2.3): each digit told five times, the last with the end bit. */
function digitPackets(digits: string): Stream['packet'] {
  const known = [...digits.toUpperCase()].map((digit) => DIGITS.indexOf(digit)).filter((code) => code >= 0)
  return (nth) => {
    const digit = known[Math.floor(nth / DIGIT_FRAMES)]
    if (digit === undefined) return undefined
    const frame = nth % DIGIT_FRAMES
    const startMs = Math.floor(nth / DIGIT_FRAMES) * (DIGIT_FRAMES * FRAME_MS + DIGIT_GAP_MS)
    const isLast = frame === DIGIT_FRAMES - 1
    const event =
      octets(digit, 1) + octets((isLast ? 0x80 : 0) | 10, 1) + octets((frame + 1) * CLOCK_PER_FRAME, 2)
    const marker = frame === 0 ? 0x80 : 0
    return {
      atMs: startMs + frame * FRAME_MS,
      bytes: rtp(DIGIT_PAYLOAD_TYPE | marker, nth & 0xffff, startMs * 8, 1, event),
    }
  }
}
