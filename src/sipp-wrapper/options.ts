// SIPp's switches as typed options, a table (SIPp 3.6, `sipp -h`). What is not here goes through `switches` as it is.

import { nearest, UsageError } from '../errors.js'

/** How a value becomes arguments. */
type Kind = 'flag' | 'text' | 'number' | 'pairs'

interface SwitchRecord {
  readonly name: string
  readonly kind: Kind
}

const flag = (name: string) => ({ name, kind: 'flag' }) as const
const text = (name: string) => ({ name, kind: 'text' }) as const
const number = (name: string) => ({ name, kind: 'number' }) as const
const pairs = (name: string) => ({ name, kind: 'pairs' }) as const

/** Option -> switch. The scenario, addresses, files of the run and -nostdin are given by the wrapper itself. */
export const SWITCHES = {
  transport: text('-t'),
  /** Calls, then the end. */
  calls: number('-m'),
  /** Calls a `ratePeriodMs`. */
  rate: number('-r'),
  ratePeriodMs: number('-rp'),
  rateIncrease: number('-rate_increase'),
  rateMax: number('-rate_max'),
  rateIntervalS: number('-rate_interval'),
  noRateQuit: flag('-no_rate_quit'),
  /** Calls at a time. */
  limit: number('-l'),
  users: number('-users'),
  service: text('-s'),
  /** Of pauses without a length of their own. */
  durationMs: number('-d'),
  user: text('-au'),
  password: text('-ap'),
  authUri: text('-auth_uri'),
  /** Keywords of the scenario. */
  keys: pairs('-key'),
  /** Global variables of the scenario. */
  variables: pairs('-set'),
  receiveTimeoutMs: number('-recv_timeout'),
  sendTimeoutMs: number('-send_timeout'),
  maxRetransmissions: number('-max_retrans'),
  maxInviteRetransmissions: number('-max_invite_retrans'),
  maxNonInviteRetransmissions: number('-max_non_invite_retrans'),
  noRetransmissions: flag('-nr'),
  retransmissionCheck: text('-rtcheck'),
  noDefaults: flag('-nd'),
  defaultBehaviors: text('-default_behaviors'),
  autoAnswer: flag('-aa'),
  pauseIgnoresMessages: flag('-pause_msg_ign'),
  callIdSlashIgnored: flag('-callid_slash_ign'),
  baseCseq: number('-base_cseq'),
  callId: text('-cid_str'),
  deadCallWaitMs: number('-deadcall_wait'),
  /** host:port that everything is sent to, whatever the remote host says. */
  sendTo: text('-rsa'),
  bindLocal: flag('-bind_local'),
  controlAddress: text('-ci'),
  controlPort: number('-cp'),
  mediaAddress: text('-mi'),
  mediaPort: number('-mp'),
  rtpEcho: flag('-rtp_echo'),
  maxSockets: number('-max_socket'),
  maxReconnects: number('-max_reconnect'),
  reconnectClose: text('-reconnect_close'),
  reconnectSleepMs: number('-reconnect_sleep'),
  lostPercent: number('-lost'),
  bufferBytes: number('-buff_size'),
  timerResolutionMs: number('-timer_resol'),
  thirdParty: text('-3pcc'),
  master: text('-master'),
  slave: text('-slave'),
  skipLimits: flag('-skip_rlimit'),
  maxLogBytes: number('-max_log_size'),
} as const satisfies Record<string, SwitchRecord>

type ValueOf<K extends Kind> = K extends 'flag'
  ? boolean
  : K extends 'number'
    ? number
    : K extends 'pairs'
      ? Readonly<Record<string, string>>
      : string

export type SippSwitches = {
  readonly [Name in keyof typeof SWITCHES]?: ValueOf<(typeof SWITCHES)[Name]['kind']> | undefined
}

/** The arguments of these options. Throws a UsageError for an option that is none, or of another type. */
export function argumentsOf(options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options).flatMap(([option, value]) =>
    value === undefined ? [] : argumentOf(option, value),
  )
}

function argumentOf(option: string, value: unknown): string[] {
  const record: SwitchRecord | undefined = (SWITCHES as Readonly<Record<string, SwitchRecord>>)[option]
  if (record === undefined) {
    const near = nearest(option, Object.keys(SWITCHES))
    throw new UsageError(
      `sipp has no option ${option}.${near ? ` Did you mean ${near}?` : ''} "switches" takes switches as they are.`,
    )
  }
  const { name, kind } = record
  if (kind === 'flag' && typeof value === 'boolean') return value ? [name] : []
  if (kind === 'number' && typeof value === 'number' && Number.isFinite(value)) return [name, String(value)]
  if (kind === 'text' && typeof value === 'string') return [name, value]
  if (kind === 'pairs' && typeof value === 'object' && value !== null)
    return Object.entries(value as Record<string, string>).flatMap(([key, one]) => [name, key, one])
  throw new UsageError(
    `sipp: ${option} takes ${kind === 'pairs' ? 'names with values' : `a ${kind}`}, not ${JSON.stringify(value)}.`,
  )
}
