// SIPp's switches into a player's options, as far as they need no file and no network.

import { isIP } from 'node:net'
import type { Address, Transport } from '../../endpoint.js'
import { UsageError } from '../../errors.js'
import { DEFAULT_PACE, DEFAULT_RETRANSMISSION } from '../../sipp-xml/default-options.js'
import {
  ALL_BEHAVIOURS,
  NO_BEHAVIOURS,
  type Behaviours,
  type Pace,
  type PlayerOptions,
  type Retransmission,
} from '../../sipp-xml/options.js'
import { timeOf, type Given } from './options.js'

/** Switches by name. */
export class Settings {
  constructor(private readonly given: readonly Given[]) {}

  has(name: string): boolean {
    return this.given.some((one) => one.name === name)
  }

  /** The last one counts. */
  text(name: string): string | undefined {
    return this.given.findLast((one) => one.name === name)?.values[0]
  }

  number(name: string): number | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : Number(value)
  }

  /** Milliseconds; a value without unit is in `unitMs`. */
  time(name: string, unitMs: number): number | undefined {
    const value = this.text(name)
    return value === undefined ? undefined : timeOf(value, unitMs)
  }

  all(name: string): readonly (readonly string[])[] {
    return this.given.filter((one) => one.name === name).map(({ values }) => values)
  }

  pairs(name: string): Map<string, string> {
    return new Map(this.all(name).map(([key = '', value = '']) => [key, value]))
  }
}

export interface TransportMode {
  readonly transport: Transport
  /** One socket, one for each call, one for each address of the injection file. */
  readonly sockets: 'one' | 'call' | 'address'
}

/** -t. Throws a UsageError. */
export function transportMode(settings: Settings): TransportMode {
  const mode = settings.text('t') ?? 'u1'
  const [, letter, sockets = '1'] = /^([utlsc])([1ni])$/.exec(mode) ?? []
  if (letter === 's' || letter === 'c' || letter === 'l') {
    const what = { s: 'SCTP', c: 'compression', l: 'TLS' }[letter]
    throw new UsageError(`sipp: -t ${mode}: ${what} is for real SIPp (--engine local).`)
  }
  if (letter === undefined || (letter === 't' && sockets === 'i'))
    throw new UsageError(`sipp: -t ${mode}: choose u1, un, ui, t1 or tn.`)
  return {
    transport: letter === 'u' ? 'udp' : 'tcp',
    sockets: sockets === '1' ? 'one' : sockets === 'n' ? 'call' : 'address',
  }
}

export function paceOf(settings: Settings): Pace {
  const increase = settings.number('rate_increase') ?? 0
  return {
    rate: settings.number('r') ?? DEFAULT_PACE.rate,
    periodMs: Math.max(1, settings.time('rp', 1) ?? DEFAULT_PACE.periodMs),
    total: settings.number('m'),
    limit: settings.number('l'),
    users: settings.number('users'),
    increase,
    increaseMs: settings.time('rate_interval', 1000) ?? settings.time('fd', 1000) ?? DEFAULT_PACE.increaseMs,
    rateMax: settings.number('rate_max'),
    quitsAtMax: !settings.has('no_rate_quit'),
  }
}

export function retransmissionOf(settings: Settings): Retransmission {
  const most = settings.number('max_retrans') ?? Infinity
  return {
    enabled: !settings.has('nr'),
    inviteMax: Math.min(settings.number('max_invite_retrans') ?? DEFAULT_RETRANSMISSION.inviteMax, most),
    otherMax: Math.min(settings.number('max_non_invite_retrans') ?? DEFAULT_RETRANSMISSION.otherMax, most),
    t2Ms: settings.time('T2', 1) ?? DEFAULT_RETRANSMISSION.t2Ms,
    loose: settings.text('rtcheck') === 'loose',
  }
}

const BEHAVIOUR_WORDS: Readonly<Record<string, keyof Behaviours>> = {
  bye: 'bye',
  abortunexp: 'abortUnexpected',
  pingreply: 'pingReply',
  cseq: 'badCseq',
}

/** -default_behaviors, -nd. Throws a UsageError. */
export function behavioursOf(settings: Settings): Behaviours {
  const words = settings.text('default_behaviors')?.split(',')
  if (words === undefined) return settings.has('nd') ? NO_BEHAVIOURS : ALL_BEHAVIOURS
  // The list begins with nothing, as in SIPp: "all,-bye" takes one away, "-bye" alone has nothing to take it from.
  let behaviours = NO_BEHAVIOURS
  for (const word of words) {
    const off = word.startsWith('-')
    const name = word.replace(/^[-+]/, '').trim()
    if (name === 'all' || name === 'none')
      behaviours = (name === 'all') === off ? NO_BEHAVIOURS : ALL_BEHAVIOURS
    else {
      const key = BEHAVIOUR_WORDS[name]
      if (key === undefined)
        throw new UsageError(
          `sipp: -default_behaviors ${word}: choose all, none, bye, abortunexp, pingreply, cseq.`,
        )
      behaviours = { ...behaviours, [key]: !off }
    }
  }
  return behaviours
}

/** -tdmmap {0-3}{99}{5-8}{1-31} */
export function circuitsOf(settings: Settings): PlayerOptions['circuits'] {
  const text = settings.text('tdmmap')
  if (text === undefined) return undefined
  const ranges = [...text.matchAll(/\{(\d+)(?:-(\d+))?\}/g)].map(
    ([, from = '0', to = from]) => [Number(from), Number(to)] as const,
  )
  if (ranges.length !== 4) throw new UsageError(`sipp: -tdmmap ${text}: write {0-3}{99}{5-8}{1-31}.`)
  return ranges
}

/** The options that are the same in every world. */
export function commonOptions(settings: Settings): Partial<PlayerOptions> {
  const service = settings.text('s') ?? 'service'
  const uri = settings.text('auth_uri')
  const circuits = circuitsOf(settings)
  return {
    ...{
      service,
      pace: paceOf(settings),
      retransmission: retransmissionOf(settings),
      behaviours: behavioursOf(settings),
    },
    credentials: {
      username: settings.text('au') ?? service,
      password: settings.text('ap') ?? 'password',
      ...(uri !== undefined && { uri }),
    },
    ...{ keys: settings.pairs('key'), globals: settings.pairs('set') },
    pauseMs: settings.time('d', 1) ?? 0,
    receiveTimeoutMs: settings.time('recv_timeout', 1) ?? 0,
    timeoutMs: settings.time('timeout', 1000) ?? 0,
    timeoutIsFailure: settings.has('timeout_error'),
    deadCallMs: settings.time('deadcall_wait', 1) ?? 33_000,
    autoAnswers: settings.has('aa'),
    ignoresInPause: settings.has('pause_msg_ign'),
    callIdPrefix: !settings.has('callid_slash_ign'),
    callIdForm: settings.text('cid_str') ?? '%u-%p@%s',
    firstCseq: settings.number('base_cseq') ?? 1,
    lostPercent: settings.number('lost') ?? 0,
    dynamic: {
      start: settings.number('dynamicStart') ?? 10_000,
      max: settings.number('dynamicMax') ?? 12_000,
      step: settings.number('dynamicStep') ?? 4,
    },
    ...(circuits !== undefined && { circuits }),
  }
}

/** "host:port", "[2001:db8::1]:5060"; the port is 5060 when it is left out. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const [, six, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const bare = isIP(text) === 6 ? text : undefined
  const host = bare ?? six ?? name
  if (host === undefined || Number(port ?? 5060) > 65_535)
    throw new UsageError(`sipp: ${text} is no host: write host, host:port or [IPv6]:port.`)
  return { host, port: bare === undefined ? Number(port ?? 5060) : 5060 }
}

/** A literal address. */
export function addressOf(text: string): Address {
  const { host, port } = hostAndPort(text)
  if (isIP(host) === 0) throw new UsageError(`sipp: ${text}: an address is needed here, not a name.`)
  return { address: host, port }
}
