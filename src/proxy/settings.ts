// What the global options of a script come to, with the profile's and the caller's word in it.

import type { Program } from '../script/bind.js'
import type { Context } from './context.js'
import type { OwnName } from './myself.js'
import type { Rules } from './profile.js'

/** What the caller says besides the script. */
export interface Identity {
  /** Text of the Server header and, as User-Agent, of requests made here. */
  readonly signature: string
  /** Shown in Warning. */
  readonly pid: number
  /** What nonces are made with unless the script says; random, and known to nobody else. */
  readonly secret?: string
  /** How the program was started, and where it is, for control commands. */
  readonly program?: { readonly args: readonly string[]; readonly folder: string }
  /** Served domains besides the script's alias lines. */
  readonly aliases?: readonly OwnName[]
}

export interface Settings {
  /** Log lines up to this level are said: -3 alert .. 4 debug. A control command changes it. */
  debug: number
  readonly checkVia: boolean
  readonly synBranch: boolean
  readonly sipWarning: boolean
  readonly serverSignature: boolean
  readonly replyToVia: boolean
  readonly acceptAliases: boolean
  readonly advertisedAddress: string | undefined
  readonly advertisedPort: number | undefined
  readonly signature: string
  readonly pid: number
  readonly secret: string | undefined
  readonly program: NonNullable<Identity['program']>
}

const NOTICE = 2

export function settingsOf(program: Program<Context>, rules: Rules, identity: Identity): Settings {
  const { options } = program
  const flag = (name: string, initial: boolean): boolean => {
    const value = options.get(name)
    return value === undefined ? initial : value !== 0
  }
  const number = (name: string): number | undefined => {
    const value = options.get(name)
    return typeof value === 'number' ? value : undefined
  }
  const text = (name: string): string | undefined => {
    const value = options.get(name)
    return typeof value === 'string' ? value : undefined
  }
  return {
    debug: number('debug') ?? NOTICE,
    checkVia: flag('check_via', false),
    synBranch: flag('syn_branch', true),
    sipWarning: flag('sip_warning', rules.warningHeader),
    serverSignature: flag('server_signature', true),
    replyToVia: flag('reply_to_via', false),
    acceptAliases: flag('tcp_accept_aliases', false),
    advertisedAddress: text('advertised_address'),
    advertisedPort: number('advertised_port'),
    signature: identity.signature,
    pid: identity.pid,
    secret: identity.secret,
    program: identity.program ?? { args: ['sipwright'], folder: '/' },
  }
}
