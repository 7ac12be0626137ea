// A player by itself, step by step: for tests. What it sends is kept; what it is sent is written short.

import type { Address, Input, Milliseconds, Output, Send, TraceEvent } from '../endpoint.js'
import { Random } from '../random.js'
import { defaultOptions } from './default-options.js'
import { Player } from './player.js'
import type { PlayerOptions } from './options.js'
import { readScenario } from './read.js'

export const OWN: Address = { address: '10.0.0.1', port: 5060 }
export const PEER: Address = { address: '10.0.0.2', port: 5060 }
const STEPS_MAX = 100_000

export class Trial {
  readonly player: Player
  readonly sent: string[] = []
  readonly said: string[] = []
  readonly outputs: Output[] = []
  now: Milliseconds = 0

  /** `body` stands inside <scenario>; options go over the defaults; a client makes one call. */
  constructor(body: string, options: Partial<PlayerOptions> = {}) {
    const { scenario, findings } = readScenario(
      `<?xml version="1.0"?><scenario name="trial">${body}</scenario>`,
      'trial',
    )
    if (scenario === undefined)
      throw new Error(findings.map(({ line, text }) => `${line}: ${text}`).join('\n'))
    const base = defaultOptions({ name: 'trial', scenario, local: OWN, random: new Random(1) })
    const pace = scenario.role === 'client' ? { ...base.pace, total: 1, rate: 1000 } : base.pace
    this.player = new Player({ ...base, remote: { ...PEER, host: 'peer' }, pace, trace: true, ...options })
  }

  give(input: Input): this {
    for (const output of this.player.step(input, this.now)) {
      this.outputs.push(output)
      if (output.type === 'send') this.sent.push(output.bytes)
      if (output.type === 'event') this.said.push(textOf(output.event))
    }
    return this
  }

  /** Lets so much time pass, waking the player when it wants it. */
  pass(ms: Milliseconds): this {
    const end = this.now + ms
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      const { deadline } = this.player
      if (deadline === undefined || deadline > end) break
      this.now = Math.max(this.now, deadline)
      this.give({ type: 'wake' })
    }
    this.now = end
    return this
  }

  /** A datagram from the peer. */
  receive(bytes: string, remote = PEER): this {
    return this.give({ type: 'packet', transport: 'udp', local: OWN, remote, bytes })
  }

  /** The first lines of what was sent, and forgets them. */
  take(): string[] {
    return this.sent.splice(0).map((text) =>
      text
        .split('\r\n')[0]!
        .replace(/ SIP\/2\.0$/, '')
        .replace(/^SIP\/2\.0 /, ''),
    )
  }

  /** The last send output. */
  get last(): Send {
    const sends = this.outputs.filter((output) => output.type === 'send')
    return sends[sends.length - 1]!
  }

  get failures(): string[] {
    return Object.entries(this.player.statistics.total)
      .filter(([name, count]) => name.startsWith('Failed') && name !== 'FailedCall' && count > 0)
      .map(([name]) => name.slice(6))
  }
}

function textOf(event: TraceEvent): string {
  return 'text' in event ? event.text : event.kind
}

/** A <send>; `more` are attributes. */
export function send(method: string, cseq: number | string = 1, more = '', headers = ''): string {
  const lines = [
    `${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0`,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    'From: <sip:a@[local_ip]>;tag=a[call_number]',
    'To: <sip:[service]@[remote_ip]>[peer_tag_param]',
    'Call-ID: [call_id]',
    `CSeq: ${cseq} ${method}`,
    ...(headers === '' ? [] : headers.split('\n')),
    'Content-Length: 0',
  ]
  return `<send ${more}><![CDATA[\n${lines.join('\n')}\n\n]]></send>`
}

/** A <send> of a response to the last request. */
export function answer(status: string, more = ''): string {
  const lines = [
    `SIP/2.0 ${status}`,
    '[last_Via:]',
    '[last_From:]',
    '[last_To:];tag=s',
    '[last_Call-ID:]',
    '[last_CSeq:]',
  ]
  return `<send ${more}><![CDATA[\n${lines.join('\n')}\nContent-Length: 0\n\n]]></send>`
}

/** A response to what the player sent. */
export function responseTo(request: string, status: string, headers = ''): string {
  const header = (name: string): string => new RegExp(`^${name}: .*$`, 'm').exec(request)?.[0].trim() ?? ''
  const to = header('To').includes(';tag=') ? header('To') : `${header('To')};tag=b`
  const lines = [`SIP/2.0 ${status}`, header('Via'), header('From'), to, header('Call-ID'), header('CSeq')]
  if (headers !== '') lines.push(headers)
  return `${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`
}

/** A request of the peer's own. */
export function requestOf(method: string, callId: string, cseq = 1, headers = ''): string {
  const lines = [
    `${method} sip:a@10.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK${method}${cseq}`,
    'From: <sip:b@10.0.0.2>;tag=b',
    'To: <sip:a@10.0.0.1>',
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
  ]
  if (headers !== '') lines.push(headers)
  return `${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`
}
