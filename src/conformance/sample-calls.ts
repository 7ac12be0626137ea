// Little runs for the rules' tests: who sends what to whom, each message one line of arguments.

import type { WireEntry } from '../driver.js'
import type { Milliseconds } from '../endpoint.js'

export const PLACES: Readonly<Record<string, string>> = {
  alice: '10.0.0.11',
  bob: '10.0.0.12',
  proxy: '10.0.0.1',
}

export interface Sample {
  readonly at?: Milliseconds
  readonly fate?: WireEntry['fate']
  readonly transport?: 'udp' | 'tcp'
  readonly callId?: string
  readonly cseq?: string
  readonly fromTag?: string
  readonly toTag?: string
  /** undefined: 70; '': no such header. */
  readonly maxForwards?: string
  readonly body?: string
  readonly length?: number
  /** Where it goes, when not to the receiver's port 5060. */
  readonly port?: number
}

/** Via values as "place branch": alice's INVITE at bob is ['proxy b', 'alice a']. */
export type Vias = readonly string[]

let clock = 0

/** One packet. `path` is "alice > proxy"; a response's `start` begins with its status. */
export function packet(path: string, start: string, vias: Vias, sample: Sample = {}): WireEntry {
  const [from = '', to = ''] = path.split(' > ')
  const { at = ++clock, fate = 'delivered', transport = 'udp', body = '' } = sample
  const isRequest = !/^\d/.test(start)
  const method = start.split(' ')[0]!
  const head = [
    isRequest
      ? `${start.includes(' ') ? start : `${start} sip:bob@example.com`} SIP/2.0`
      : `SIP/2.0 ${start}`,
    ...vias.map((via) => viaLine(via, transport)),
    ...(isRequest && sample.maxForwards !== '' ? [`Max-Forwards: ${sample.maxForwards ?? 70}`] : []),
    `From: <sip:alice@example.com>;tag=${sample.fromTag ?? 'A'}`,
    `To: <sip:bob@example.com>${sample.toTag === undefined ? '' : `;tag=${sample.toTag}`}`,
    `Call-ID: ${sample.callId ?? 'call-1'}`,
    `CSeq: ${sample.cseq ?? `1 ${isRequest ? method : 'INVITE'}`}`,
    `Content-Length: ${sample.length ?? body.length}`,
  ]
  const arrived = fate === 'delivered' || fate === 'duplicate' ? { arrived: at } : {}
  return {
    ...{ kind: 'wire', at, ...arrived, from, to, transport, fate },
    source: { address: PLACES[from] ?? from, port: 5060 },
    target: { address: PLACES[to] ?? to, port: sample.port ?? 5060 },
    bytes: `${head.join('\r\n')}\r\n\r\n${body}`,
  }
}

/** "alice a;received=10.0.0.9" */
function viaLine(text: string, transport: string): string {
  const [, place = '', branch = '', more = ''] = /^(\S+) ([^;]*)(.*)$/.exec(text) ?? []
  const value = /^[a-z]\w*$/.test(branch) ? `z9hG4bK${branch}` : branch
  return `Via: SIP/2.0/${transport.toUpperCase()} ${PLACES[place] ?? place};branch=${value}${more}`
}

/** A call through a proxy, as it should be: INVITE, 100, 180, 200, ACK, BYE, 200. */
export function goodCall(): WireEntry[] {
  const later = { toTag: 'B' }
  const bye = { ...later, cseq: '2 BYE' }
  return [
    packet('alice > proxy', 'INVITE', ['alice a']),
    packet('proxy > alice', '100 Trying', ['alice a']),
    packet('proxy > bob', 'INVITE', ['proxy p', 'alice a'], { maxForwards: '69' }),
    packet('bob > proxy', '180 Ringing', ['proxy p', 'alice a'], later),
    packet('proxy > alice', '180 Ringing', ['alice a'], later),
    packet('bob > proxy', '200 OK', ['proxy p', 'alice a'], later),
    packet('proxy > alice', '200 OK', ['alice a'], later),
    packet('alice > proxy', 'ACK', ['alice a2'], later),
    packet('proxy > bob', 'ACK', ['proxy p2', 'alice a2'], { ...later, maxForwards: '69' }),
    packet('alice > proxy', 'BYE', ['alice a3'], bye),
    packet('proxy > bob', 'BYE', ['proxy p3', 'alice a3'], { ...bye, maxForwards: '69' }),
    packet('bob > proxy', '200 OK', ['proxy p3', 'alice a3'], bye),
    packet('proxy > alice', '200 OK', ['alice a3'], bye),
  ]
}

/** A call that the caller gives up while it rings, as it should be. */
export function cancelledCall(): WireEntry[] {
  const cancel = { cseq: '1 CANCEL' }
  const later = { toTag: 'B' }
  return [
    packet('alice > proxy', 'INVITE', ['alice a']),
    packet('proxy > alice', '100 Trying', ['alice a']),
    packet('proxy > bob', 'INVITE', ['proxy p', 'alice a'], { maxForwards: '69' }),
    packet('bob > proxy', '180 Ringing', ['proxy p', 'alice a'], later),
    packet('proxy > alice', '180 Ringing', ['alice a'], later),
    packet('alice > proxy', 'CANCEL', ['alice a'], cancel),
    packet('proxy > alice', '200 OK', ['alice a'], { ...cancel, toTag: 'P' }),
    packet('proxy > bob', 'CANCEL', ['proxy p'], cancel),
    packet('bob > proxy', '200 OK', ['proxy p'], { ...cancel, ...later }),
    packet('bob > proxy', '487 Request Terminated', ['proxy p', 'alice a'], later),
    packet('proxy > bob', 'ACK', ['proxy p'], later),
    packet('proxy > alice', '487 Request Terminated', ['alice a'], later),
    packet('alice > proxy', 'ACK', ['alice a'], later),
  ]
}
