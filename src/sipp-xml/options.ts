// What a player is told besides its scenario: addresses, pace, behaviour. The names of SIPp's switches stand beside.

import type { Address, Bytes, Milliseconds, Transport } from '../endpoint.js'
import type { Random } from '../random.js'
import type { InjectionFile } from './injection.js'
import type { Scenario } from './program.js'

/** -default_behaviors; -nd switches all off. */
export interface Behaviours {
  /** Send BYE, CANCEL or ACK when a call is aborted. */
  readonly bye: boolean
  /** An unexpected message aborts the call. */
  readonly abortUnexpected: boolean
  readonly pingReply: boolean
  /** An ACK whose CSeq is not that of the INVITE aborts the call. */
  readonly badCseq: boolean
}

export const ALL_BEHAVIOURS: Behaviours = { bye: true, abortUnexpected: true, pingReply: true, badCseq: true }
export const NO_BEHAVIOURS: Behaviours = {
  bye: false,
  abortUnexpected: false,
  pingReply: false,
  badCseq: false,
}

/** When calls are made. */
export interface Pace {
  /** -r: calls in each period. */
  readonly rate: number
  /** -rp */
  readonly periodMs: Milliseconds
  /** -m: calls in all. */
  readonly total: number | undefined
  /** -l: calls at once. */
  readonly limit: number | undefined
  /** -users: keep so many calls going instead of a rate. */
  readonly users: number | undefined
  /** -rate_increase */
  readonly increase: number
  readonly increaseMs: Milliseconds
  /** -rate_max */
  readonly rateMax: number | undefined
  /** Quit when the rate has come to its maximum; -no_rate_quit takes it away. */
  readonly quitsAtMax: boolean
}

export interface Retransmission {
  /** -nr takes it away. */
  readonly enabled: boolean
  /** -max_invite_retrans */
  readonly inviteMax: number
  /** -max_non_invite_retrans */
  readonly otherMax: number
  /** -T2 */
  readonly t2Ms: Milliseconds
  /** -rtcheck loose */
  readonly loose: boolean
}

/** -3pcc, -master, -slave, -slave_cfg. */
export interface TwinOptions {
  /** The other player (3PCC): whom we call, or where we listen, as the scenario's first command says. */
  readonly address: Address
  /** Extended mode: our name, and where each peer listens. */
  readonly extended?: {
    readonly name: string
    readonly isMaster: boolean
    readonly peers: ReadonlyMap<string, Address>
  }
}

/** One packet of a recording: when, after the first one, and what. */
export interface MediaPacket {
  readonly atMs: Milliseconds
  readonly bytes: Bytes
}

export interface MediaOptions {
  /** -mi */
  readonly address: string
  /** -mp */
  readonly port: number
  /** Send RTP; else media take time and nothing is sent. */
  readonly sends: boolean
  /** -rtp_echo */
  readonly echoes: boolean
  /** -rtp_payload */
  readonly payloadType: number
  /** Recordings by the name that the scenario gives them; of a raw file, its octets. */
  readonly recordings: ReadonlyMap<string, readonly MediaPacket[]>
  readonly sounds: ReadonlyMap<string, Bytes>
}

export interface PlayerOptions {
  readonly name: string
  readonly scenario: Scenario
  /** -oocsf, -oocsn: for requests outside of any call. */
  readonly outOfCall?: Scenario
  /** What answers requests outside of any call under -aa. */
  readonly automatic?: Scenario
  readonly transport: Transport
  /** Own addresses: one for all calls, or several to be given out call by call (-t un, ui). */
  readonly locals: readonly Address[]
  /** Streams: a connection for each call (-t tn). */
  readonly connectionPerCall: boolean
  /** The far end. */
  readonly remote?: Address & { readonly host: string }
  /** -rsa */
  readonly sendTo?: Address
  readonly twin?: TwinOptions
  readonly media: MediaOptions
  /** -s */
  readonly service: string
  /** -au, -ap, -auth_uri */
  readonly credentials: { readonly username: string; readonly password: string; readonly uri?: string }
  /** -key */
  readonly keys: ReadonlyMap<string, string>
  /** -set */
  readonly globals: ReadonlyMap<string, string>
  /** -inf */
  readonly injection: readonly InjectionFile[]
  /** -ip_field, with -t ui: the field that names a call's own address. */
  readonly addressField?: number
  /** Files for [file name=...], by the name that the scenario gives them. */
  readonly files: ReadonlyMap<string, Bytes>
  readonly pace: Pace
  /** -d: pauses without a length. */
  readonly pauseMs: Milliseconds
  /** -recv_timeout; 0: none. */
  readonly receiveTimeoutMs: Milliseconds
  /** -timeout; 0: none. */
  readonly timeoutMs: Milliseconds
  /** -timeout_error */
  readonly timeoutIsFailure: boolean
  /** -deadcall_wait */
  readonly deadCallMs: Milliseconds
  readonly retransmission: Retransmission
  readonly behaviours: Behaviours
  /** -aa */
  readonly autoAnswers: boolean
  /** -pause_msg_ign */
  readonly ignoresInPause: boolean
  /** -callid_slash_ign takes it away: text before /// in a Call-ID does not count. */
  readonly callIdPrefix: boolean
  /** -cid_str */
  readonly callIdForm: string
  /** -base_cseq */
  readonly firstCseq: number
  /** -lost */
  readonly lostPercent: number
  /** -dynamicStart, -dynamicMax, -dynamicStep */
  readonly dynamic: { readonly start: number; readonly max: number; readonly step: number }
  /** -tdmmap: the four ranges; undefined: no circuits. */
  readonly circuits?: readonly (readonly [number, number])[]
  /** Shell commands of <exec command>; default refuse. */
  readonly allowsShell: boolean
  readonly pid: number
  readonly random: Random
  /** Wall clock of the driver's time 0, for dates. */
  readonly epochMs: number
  /** Make events. */
  readonly trace: boolean
}
