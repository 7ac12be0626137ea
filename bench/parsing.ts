// Reading a call's messages, taking what a proxy needs from them, and writing what it sends on: ours beside npm's.
// The others are no dependencies: they are loaded from the folder that SIPWRIGHT_BENCH_PEERS names.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import type { Bytes, Packet } from '../src/endpoint.js'
import { Malformed } from '../src/errors.js'
import { Context } from '../src/proxy/context.js'
import { forwardedRequest, forwardedResponse } from '../src/proxy/outgoing.js'
import { parseMessage } from '../src/sip/message.js'
import { Header } from '../src/sip/names.js'
import { cpuPerRun, skipped, times, type Figure } from './figures.js'
import { callMessages, FAT_INVITE } from './messages.js'
import { engineOf, RELAY_SCRIPT } from './straight.js'

const RUNS = 20_000
const PEER_RUNS = 3000
const BUDGET = '>= 6x, goal 10x'
const INSTALL = 'npm install --prefix DIR sip drachtio-sip; SIPWRIGHT_BENCH_PEERS=DIR'

/** Reads one message, takes the fields, returns what would be sent; the length is returned so that nothing is left out. */
type Handle = (text: Bytes) => number

const engine = engineOf(RELAY_SCRIPT)
const packet: Packet = {
  ...{ type: 'packet', transport: 'udp', bytes: '' },
  local: { address: '127.0.0.1', port: 5060 },
  remote: { address: '127.0.0.1', port: 5070 },
}
const sending = { transport: 'udp', local: packet.local } as const

const ours: Handle = (text) => {
  const message = parseMessage(text)
  if (message instanceof Malformed) throw new Error('the sample does not parse')
  const via = message.topVia()
  const cseq = message.cseq()
  if (!via || via instanceof Malformed || !cseq || cseq instanceof Malformed)
    throw new Error('a field is missing')
  const taken = (message.fromTag ?? '').length + (message.toTag ?? '').length + (message.callId ?? '').length
  if (!message.isRequest) return taken + forwardedResponse(message, [], 'udp').length
  const context = new Context(engine, 'request', message, packet, 0)
  const hops = message.find(Header.MAX_FORWARDS)
  context.maxForwardsDone = true
  if (hops >= 0) {
    const at = message.valueStart(hops)
    context.edits.push({
      at,
      cut: message.valueEnd(hops) - at,
      put: String(Number(message.valueOf(hops)) - 1),
    })
  }
  if (message.uri() instanceof Malformed) throw new Error('the Request-URI does not parse')
  return taken + forwardedRequest(context, context.uri, 'z9hG4bK1.2.0', sending).length
}

interface SipMessage {
  method?: string
  headers: { via: unknown[]; from: { params: { tag?: string } }; to: { params: { tag?: string } } } & Record<
    string,
    unknown
  >
}

/** npm `sip`: everything is parsed at once. */
function sipPeer(load: NodeJS.Require): Handle {
  const sip = load('sip/sip.js') as {
    parse(text: string): SipMessage
    stringify(message: SipMessage): string
  }
  return (text) => {
    const message = sip.parse(text)
    const { headers } = message
    const taken =
      (headers.from.params.tag ?? '').length +
      (headers.to.params.tag ?? '').length +
      String(headers['call-id']).length
    if (message.method === undefined) headers.via.shift()
    else {
      const params = { branch: 'z9hG4bK1.2.0' }
      headers.via.unshift({ version: '2.0', protocol: 'UDP', host: '127.0.0.1', port: 5060, params })
      headers['max-forwards'] = Number(headers['max-forwards'] ?? 71) - 1
    }
    return taken + sip.stringify(message).length
  }
}

interface DrachtioMessage {
  method?: string
  headers: Record<string, string>
  getParsedHeader(name: string): { params?: Record<string, string> }
  get(name: string): string | undefined
  toString(): string
}

/** npm `drachtio-sip`: headers stay text until they are asked for. */
function drachtioPeer(load: NodeJS.Require): Handle {
  const { SipMessage } = load('drachtio-sip') as { SipMessage: new (text: string) => DrachtioMessage }
  return (text) => {
    const message = new SipMessage(text)
    const tag = (name: string): number => (message.getParsedHeader(name).params?.tag ?? '').length
    message.getParsedHeader('via')
    message.getParsedHeader('cseq')
    const taken = tag('from') + tag('to') + (message.get('call-id') ?? '').length
    const vias = message.headers.via ?? ''
    if (message.method === undefined) message.headers.via = vias.slice(vias.indexOf(',') + 1)
    else {
      message.headers.via = `SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1.2.0,${vias}`
      message.headers['max-forwards'] = String(Number(message.get('max-forwards') ?? 71) - 1)
    }
    return taken + message.toString().length
  }
}

const PEERS: Readonly<Record<string, (load: NodeJS.Require) => Handle>> = {
  sip: sipPeer,
  'drachtio-sip': drachtioPeer,
}

export function measureParsing(): Figure[] {
  const call = callMessages()
  const samples: readonly (readonly [string, readonly Bytes[]])[] = [
    ['read + write, us a message of a call', call],
    ['read + write, us a fat INVITE', [FAT_INVITE]],
  ]
  return samples.flatMap(([about, messages]) => {
    const mine = perMessage(ours, messages, RUNS)
    return Object.keys(PEERS).map((name) => compare(about, name, messages, mine))
  })
}

function perMessage(handle: Handle, messages: readonly Bytes[], runs: number): number {
  return (
    cpuPerRun(() => messages.forEach((text) => handle(text)), Math.ceil(runs / messages.length)) /
    messages.length
  )
}

function compare(about: string, name: string, messages: readonly Bytes[], mine: number): Figure {
  const folder = process.env.SIPWRIGHT_BENCH_PEERS
  const home = folder === undefined ? undefined : join(resolve(folder), 'node_modules')
  if (home === undefined || !existsSync(join(home, name)))
    return { ...skipped(about, `npm ${name} is not there`, INSTALL), ours: mine.toFixed(2) }
  const theirs = perMessage(PEERS[name]!(createRequire(join(home, 'x.js'))), messages, PEER_RUNS)
  return {
    about,
    ours: mine.toFixed(2),
    other: `npm ${name} ${theirs.toFixed(2)}`,
    ratio: `${times(theirs, mine)}x`,
    budget: BUDGET,
  }
}
