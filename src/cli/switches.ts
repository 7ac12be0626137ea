// SER's own switches (the SER core). Each stands for an option of the script and comes before the script's own
// lines, so that the script has the last word; -l and -p keep their order.

import type { Address } from '../endpoint.js'
import type { OptionValue } from '../script/bind.js'
import { OPTIONS } from '../proxy/options.js'
import { UsageError } from '../errors.js'
import { parsed, wholeNumber } from './arguments.js'

export interface Switches {
  readonly file: string | undefined
  /** Options in the order given. */
  readonly assignments: readonly { readonly name: string; readonly value: OptionValue }[]
  readonly warnings: readonly string[]
  readonly check: boolean
  readonly help: boolean
  readonly version: boolean
  readonly pidFile: string | undefined
  readonly profile: string
  readonly aliases: readonly string[]
  readonly log: string | undefined
  /** Path of the control socket; "none": there is none; undefined: in the run folder. */
  readonly control: string | undefined
  /** Where metrics are served. */
  readonly metrics: Address | undefined
}

const DEBUG_DEFAULT = 2
const INTEGER_MAX = 2 ** 31 - 1

/** Switches that set an option of the script. */
const SETTING: Readonly<Record<string, string>> = {
  port: 'port',
  children: 'children',
  dns: 'dns',
  'rev-dns': 'rev_dns',
  'check-via': 'check_via',
  foreground: 'fork',
  'log-stderr': 'log_stderror',
  'no-tcp': 'disable_tcp',
  'tcp-children': 'tcp_children',
  maxbuffer: 'maxbuffer',
  workdir: 'workdir',
  chroot: 'chroot',
  user: 'user',
  group: 'group',
  fifo: 'fifo',
  statistics: 'statistics',
}

const text = (short: string) => ({ type: 'string', short }) as const
const flag = (short: string) => ({ type: 'boolean', short }) as const

const OPTION_TABLE = {
  file: text('f'),
  listen: { type: 'string', short: 'l', multiple: true },
  port: { type: 'string', short: 'p', multiple: true },
  children: text('n'),
  dns: flag('r'),
  'rev-dns': flag('R'),
  'check-via': flag('v'),
  debug: { type: 'boolean', short: 'd', multiple: true },
  foreground: flag('D'),
  'log-stderr': flag('E'),
  'no-tcp': flag('T'),
  'tcp-children': text('N'),
  version: flag('V'),
  help: flag('h'),
  maxbuffer: text('b'),
  memory: text('m'),
  workdir: text('w'),
  chroot: text('t'),
  user: text('u'),
  group: text('g'),
  'pid-file': text('P'),
  fifo: text('i'),
  statistics: text('s'),
  check: flag('c'),
  profile: { type: 'string', default: 'ser' },
  alias: { type: 'string', multiple: true },
  log: { type: 'string' },
  control: { type: 'string' },
  metrics: { type: 'string' },
} as const

/** Reads the arguments of `serve`. Throws a UsageError. */
export function switchesOf(argv: readonly string[]): Switches {
  const { values, positionals, tokens } = parsed('serve', argv, {
    options: OPTION_TABLE,
    allowPositionals: true,
    tokens: true,
  })
  const [positional, ...more] = positionals
  if (more.length > 0) throw new UsageError(`serve: one script only, not ${more.join(' ')} too.`)
  const assignments: { name: string; value: OptionValue }[] = []
  const warnings: string[] = []
  for (const token of tokens ?? []) {
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    const setting = name === 'listen' ? 'listen' : SETTING[name]
    if (setting === undefined) continue
    assignments.push({ name: setting, value: optionValue(setting, rawName, value) })
    const instead = OPTIONS[setting]?.instead
    if (instead !== undefined) warnings.push(`${rawName}: ${instead}`)
  }
  if (values.debug) assignments.push({ name: 'debug', value: DEBUG_DEFAULT + values.debug.length })
  if (values.memory) warnings.push('-m: memory is that of Node; node --max-old-space-size=MB limits it')
  return {
    ...{
      file: values.file ?? positional,
      assignments,
      warnings,
      log: values.log,
      aliases: values.alias ?? [],
    },
    ...{ check: values.check ?? false, help: values.help ?? false, version: values.version ?? false },
    ...{ pidFile: values['pid-file'], profile: values.profile, control: values.control },
    metrics: values.metrics === undefined ? undefined : metricsPlace(values.metrics),
  }
}

function optionValue(setting: string, written: string, value: string | undefined): OptionValue {
  if (setting === 'fork') return 0
  if (value === undefined) return 1
  if (setting === 'listen') return [hostEntry(written, value)]
  const { kind } = OPTIONS[setting]!
  if (kind !== 'integer') return value
  return wholeNumber(written, value, 0, setting === 'port' ? 65_535 : INTEGER_MAX)
}

/** HOST:PORT. Throws a UsageError. */
function metricsPlace(text: string): Address {
  const { proto, host, port } = hostEntry('--metrics', text)
  if (proto === undefined && port !== undefined) return { address: host, port }
  throw new UsageError(`--metrics ${text}: give ADDRESS:PORT, as in 127.0.0.1:9090.`)
}

/** [proto:]host[:port], IPv6 in brackets when a port follows. */
export function hostEntry(written: string, value: string) {
  const found =
    /^(?:(udp|tcp|tls|wss?):)?(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)|([0-9a-fA-F:.]+))(?::(\d{1,5}))?$/i.exec(
      value,
    )
  const host = found?.[2] ?? found?.[3] ?? found?.[4]
  const port = found?.[5] === undefined ? undefined : Number(found[5])
  if (host === undefined || (port ?? 0) > 65_535)
    throw new UsageError(
      `${written} ${value}: give [udp:|tcp:|tls:|ws:|wss:]ADDRESS[:PORT], as in udp:192.0.2.1:5060.`,
    )
  return { proto: found?.[1], host, port, place: { file: `${written} ${value}`, line: 1, column: 1 } }
}
