// Test support: a routing script over one engine, without sockets and with time by hand. What goes in are whole
// messages, what comes out is a list of what was sent, and a line each for the eye ("10.0.1.1 INVITE", "10.0.0.1 100").

import type { Listen } from '../driver.js'
import type { Address, Answer, Ask, Bytes, Input, Milliseconds, Transport } from '../endpoint.js'
import { answerText } from '../proxy/control-lines.js'
import { Engine } from '../proxy/engine.js'
import type { ProfileName } from '../proxy/profile.js'
import { Random } from '../random.js'
import { loadScript, MODULES } from './index.js'

/** Where the engine listens, and who calls. */
export const OWN: Address = { address: '10.0.0.9', port: 5060 }
export const CALLER: Address = { address: '10.0.0.1', port: 5060 }

export interface RouteRunOptions {
  readonly profile?: ProfileName
  readonly from?: Address
  readonly transport?: Transport
  readonly connection?: number
}

export interface Sent {
  readonly at: Milliseconds
  /** "address:port". */
  readonly to: string
  readonly transport: Transport
  readonly connection: number | undefined
  readonly bytes: Bytes
}

/** One engine under a script; the domain example.com is its own. */
export class RouteRun {
  readonly engine: Engine
  readonly sent: Sent[] = []
  readonly asked: Ask[] = []
  readonly closed: number[] = []
  readonly logs: string[] = []
  /** Answers to control commands, as texts. */
  readonly answers: string[] = []
  now: Milliseconds = 0

  /** `files`: the text files that the script may name, by path; `more`: sockets besides UDP and TCP at OWN. */
  constructor(
    script: string,
    profile: ProfileName = 'ser',
    files: Readonly<Record<string, string>> = {},
    more: readonly Listen[] = [],
  ) {
    this.engine = new Engine({
      program: loadScript(script, 'test.cfg', { preload: true }),
      modules: MODULES,
      profile,
      sockets: [{ transport: 'udp', ...OWN }, { transport: 'tcp', ...OWN }, ...more],
      random: new Random(1),
      identity: { signature: 'Sipwright', pid: 1, aliases: [{ host: 'example.com', port: 0 }] },
      trace: false,
      readFile: (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
      now: 0,
      epochMs: 0,
    })
  }

  /** Gives an input now; returns what was sent because of it. */
  give(input: Input): Sent[] {
    const before = this.sent.length
    for (const output of this.engine.step(input, this.now)) {
      if (output.type === 'ask') this.asked.push(output)
      else if (output.type === 'close') this.closed.push(output.connection)
      else if (output.type === 'event') {
        if (output.event.kind === 'log') this.logs.push(output.event.text)
        else if (output.event.kind === 'control') this.answers.push(answerText(output.event.answer))
      } else {
        const { transport, remote, bytes, connection } = output
        this.sent.push({ at: this.now, to: `${remote.address}:${remote.port}`, transport, connection, bytes })
      }
    }
    return this.sent.slice(before)
  }

  receive(bytes: Bytes, { from = CALLER, transport = 'udp', connection }: RouteRunOptions = {}): Sent[] {
    const packet = { type: 'packet', transport, local: OWN, remote: from, bytes } as const
    return this.give(connection === undefined ? packet : { ...packet, connection })
  }

  /** Gives a control command; returns its answer, or '' when that has not come yet. */
  control(name: string, ...args: string[]): string {
    const before = this.answers.length
    this.give({ type: 'command', command: { verb: 'control', token: before, name, args } })
    return this.answers.slice(before).join('')
  }

  /** Answers the oldest open question. */
  answer(answer: Answer): Sent[] {
    const [question] = this.asked.splice(0, 1)
    if (question === undefined) throw new Error('nothing was asked')
    return this.give({ type: 'answer', id: question.id, answer })
  }

  /** Lets time pass until `at`; returns what was sent meanwhile. */
  until(at: Milliseconds): Sent[] {
    const before = this.sent.length
    for (let due = this.engine.deadline; due !== undefined && due <= at; due = this.engine.deadline) {
      this.now = Math.max(this.now, due)
      this.give({ type: 'wake' })
    }
    this.now = at
    return this.sent.slice(before)
  }
}

/** Runs a script over one request. */
export function runRoute(script: string, request: Bytes, options: RouteRunOptions = {}): RouteRun {
  const run = new RouteRun(script, options.profile)
  run.receive(request, options)
  return run
}

export interface RequestParts {
  /** The whole Via value. */
  readonly via?: string
  readonly branch?: string
  readonly to?: string
  readonly callId?: string
  readonly cseq?: number
  /** Further header lines. */
  readonly headers?: readonly string[]
  readonly body?: string
}

/** A request of the caller. */
export function request(method: string, uri: string, parts: RequestParts = {}): Bytes {
  const { branch = 'z9hG4bKone', to = '<sip:bob@example.com>', callId = 'call-1', cseq = 1 } = parts
  const { via = `SIP/2.0/UDP 10.0.0.1:5060;branch=${branch}`, headers = [], body = '' } = parts
  const lines = [
    `${method} ${uri} SIP/2.0`,
    `Via: ${via}`,
    'From: <sip:alice@example.com>;tag=a1',
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...headers,
    `Content-Length: ${body.length}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** The response of whoever got a request as it was sent; `tag` goes into To. */
export function responseTo(
  sent: Sent | undefined,
  status: number,
  tag = 'b1',
  headers: readonly string[] = [],
): Bytes {
  if (sent === undefined) throw new Error('nobody got a request that could be answered')
  const fields = sent.bytes
    .slice(0, sent.bytes.indexOf('\r\n\r\n'))
    .split('\r\n')
    .filter((line) => /^(?:Via|From|To|Call-ID|CSeq|Record-Route):/.test(line))
    .map((line) => (line.startsWith('To:') && !line.includes('tag=') ? `${line};tag=${tag}` : line))
  return [`SIP/2.0 ${status} Said`, ...fields, ...headers, 'Content-Length: 0', '', ''].join('\r\n')
}

/** "10.0.1.1 INVITE" or "10.0.0.1 100": who was sent what. */
export function brief({ to, bytes }: Sent): string {
  const [first = '', second = ''] = bytes.split(' ', 2)
  return `${to.slice(0, to.lastIndexOf(':'))} ${first.startsWith('SIP/') ? second : first}`
}

/** The values of a header, in order, as sent. */
export function headerValues({ bytes }: Sent, name: string): string[] {
  const lines = bytes.slice(0, bytes.indexOf('\r\n\r\n')).split('\r\n').slice(1)
  return lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim())
}
