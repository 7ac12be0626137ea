// What the options of `sipwright replay` mean.

import { UsageError } from '../errors.js'
import { Exec } from '../host/exec.js'
import type { EngineUnderReplay, ReplayOptions, Target } from '../lab/capture-replay.js'
import { DEFAULT_POLICY, readPolicy, withDefaults, type Policy } from '../pcap/policy.js'
import { addressOf } from './addresses.js'
import { oneOf, wholeNumber } from './arguments.js'
import { PROFILES } from './check.js'
import { printComplaints } from './complaints.js'
import { checkScript, readText } from './script-file.js'
import { hostEntry } from './switches.js'
import type { Terminal } from './terminal.js'

const many = { type: 'string', multiple: true, default: [] as string[] } as const

export const REPLAY_OPTIONS = {
  script: { type: 'string' },
  profile: { type: 'string', default: 'ser' },
  alias: many,
  target: { type: 'string' },
  local: { type: 'string', default: '127.0.0.1' },
  server: many,
  as: { type: 'string', default: 'both' },
  call: { type: 'string' },
  user: many,
  speed: { type: 'string', default: '1' },
  loops: { type: 'string', default: '1' },
  calls: { type: 'string', default: '1' },
  fresh: { type: 'boolean', default: false },
  'run-commands': { type: 'boolean', default: false },
  policy: { type: 'string' },
  seed: { type: 'string', default: '1' },
  html: { type: 'string' },
  junit: { type: 'string' },
  pcap: { type: 'string' },
  'side-by-side': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

type Value<Option> = Option extends { multiple: true }
  ? string[]
  : Option extends { type: 'boolean' }
    ? boolean
    : Option extends { default: string }
      ? string
      : string | undefined

export type ReplayValues = {
  readonly [Name in keyof typeof REPLAY_OPTIONS]?: Value<(typeof REPLAY_OPTIONS)[Name]>
} & {
  readonly [Name in 'alias' | 'server' | 'user']: string[]
} & { readonly [Name in 'profile' | 'local' | 'as' | 'speed' | 'loops' | 'calls' | 'seed']: string }

const POLICY_BYTES_MAX = 256 * 1024
const CALLS_MAX = 10_000
const SEED_MAX = 2 ** 48

/** Everything but the capture and the server. Throws a UsageError. */
export function optionsOf(values: ReplayValues): Omit<ReplayOptions, 'messages' | 'servers'> {
  const speed = Number(values.speed)
  if (!(speed >= 0.01 && speed <= 1000))
    throw new UsageError(`--speed ${values.speed}: give a number from 0.01 to 1000.`)
  return {
    side: oneOf('as', values.as, ['callers', 'callees', 'both']),
    policy: policyOf(values.policy),
    passwords: new Map(values.user.map(nameAndPassword)),
    calls: wholeNumber('--calls', values.calls, 1, CALLS_MAX),
    loops: wholeNumber('--loops', values.loops, 1, CALLS_MAX),
    speed,
    seed: wholeNumber('--seed', values.seed, 0, SEED_MAX),
    // A live server remembers the Call-IDs of the last run.
    fresh: values.fresh === true || values.target !== undefined,
  }
}

function policyOf(file: string | undefined): Policy {
  if (file === 'help')
    throw new UsageError(
      'a policy has one rule a line, "header: way" or "header of MESSAGE: way", the later one wins. Ways: ignore, present, ' +
        `shape, sip (with "except PARAMETERS"), text. "defaults: none" drops these defaults:\n${DEFAULT_POLICY}`,
    )
  const text = file === undefined ? '' : readText(file, POLICY_BYTES_MAX)
  const none = /^defaults:[ \t]*none[ \t]*\r?$/m
  const policy = readPolicy(text.replace(none, ''))
  if ('reason' in policy) throw new UsageError(`${file}:${policy.line}: ${policy.reason}.`)
  return none.test(text) ? policy : withDefaults(policy)
}

/** "alice:secret" */
export function nameAndPassword(text: string): [string, string] {
  const at = text.indexOf(':')
  if (at < 1) throw new UsageError('--user: give name and password, as in alice:secret.')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** "udp:127.0.0.1:5060" */
export function targetOf({ target = '', local }: ReplayValues): Target {
  const match = /^(?:(udp|tcp):)?(.+)$/.exec(target)
  const { address, port } = addressOf('--target', match?.[2] ?? target, 5060)
  return { transport: match?.[1] === 'tcp' ? 'tcp' : 'udp', address, port, local }
}

/** The engine to try; undefined, after saying why, when the script has errors. */
export function engineOf(
  { script = '', profile, alias, 'run-commands': runs = false }: ReplayValues,
  terminal: Terminal,
): EngineUnderReplay | undefined {
  const rules = oneOf('profile', profile, PROFILES)
  const checked = checkScript(script, rules)
  printComplaints(checked, terminal)
  if (checked.program === undefined) return undefined
  const aliases = alias.map((text) => hostEntry('--alias', text))
  const commands = new Exec()
  return {
    ...{ program: checked.program, profile: rules, identity: { signature: 'Sipwright', pid: 1, aliases } },
    ...(runs && { answer: (question) => (question.kind === 'exec' ? commands.answer(question) : undefined) }),
  }
}
