// A player's options where nobody says otherwise: SIPp's defaults.

import type { Address } from '../endpoint.js'
import type { Random } from '../random.js'
import {
  ALL_BEHAVIOURS,
  type MediaOptions,
  type Pace,
  type PlayerOptions,
  type Retransmission,
} from './options.js'
import type { Scenario } from './program.js'

export const DEFAULT_PACE: Pace = {
  ...{ rate: 10, periodMs: 1000, total: undefined, limit: undefined, users: undefined },
  ...{ increase: 0, increaseMs: 60_000, rateMax: undefined, quitsAtMax: true },
}

export const DEFAULT_RETRANSMISSION: Retransmission = {
  ...{ enabled: true, inviteMax: 5, otherMax: 9, t2Ms: 4000, loose: false },
}

const MEDIA_PORT = 6000
/** 0x7f000000 and more are the kernel's; a made-up number for virtual time. */
const VIRTUAL_PID = 1

/** What cannot have a default. */
export interface NeededOptions {
  readonly name: string
  readonly scenario: Scenario
  readonly local: Address
  readonly random: Random
}

export function defaultMedia(address: string): MediaOptions {
  return {
    ...{ address, port: MEDIA_PORT, sends: false, echoes: false, payloadType: 8 },
    ...{ recordings: new Map(), sounds: new Map() },
  }
}

/** SIPp's defaults around what is needed; whatever else is wanted goes on top. */
export function defaultOptions({ name, scenario, local, random }: NeededOptions): PlayerOptions {
  return {
    ...{ name, scenario, random, transport: 'udp', locals: [local], connectionPerCall: false },
    ...{ media: defaultMedia(local.address), service: 'service' },
    credentials: { username: 'service', password: 'password' },
    ...{ keys: new Map(), globals: new Map(), injection: [], files: new Map() },
    ...{ pace: DEFAULT_PACE, pauseMs: 0, receiveTimeoutMs: 0, timeoutMs: 0, timeoutIsFailure: false },
    ...{ deadCallMs: 33_000, retransmission: DEFAULT_RETRANSMISSION, behaviours: ALL_BEHAVIOURS },
    ...{
      autoAnswers: false,
      ignoresInPause: false,
      callIdPrefix: true,
      callIdForm: '%u-%p@%s',
      firstCseq: 1,
    },
    ...{ lostPercent: 0, dynamic: { start: 10_000, max: 12_000, step: 4 }, allowsShell: false },
    ...{ pid: VIRTUAL_PID, epochMs: 0, trace: false },
  }
}
