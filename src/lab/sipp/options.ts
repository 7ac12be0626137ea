// SIPp's own switches, as SIPp writes them (one dash, whole words), and what they want behind them. What this player
// takes without doing anything is said aloud once; what it cannot do is refused with what to do instead.

import { nearest, UsageError } from '../../errors.js'

/** What stands behind a switch. */
type Kind = 'flag' | 'text' | 'number' | 'ms' | 's' | 'pair'

interface Switch {
  readonly kind: Kind
  readonly about: string
  /** Taken, but it changes nothing; the text says why. */
  readonly ignored?: string
}

const flag = (about: string): Switch => ({ kind: 'flag', about })
const text = (about: string): Switch => ({ kind: 'text', about })
const number = (about: string): Switch => ({ kind: 'number', about })
const ms = (about: string): Switch => ({ kind: 'ms', about })
const seconds = (about: string): Switch => ({ kind: 's', about })
const pair = (about: string): Switch => ({ kind: 'pair', about })
const ignored = (kind: Kind, why: string): Switch => ({ kind, about: '', ignored: why })

const TUNING = 'tunes the workings of SIPp, of which there are none here'

export const SIPP_SWITCHES: Readonly<Record<string, Switch>> = {
  // ---- scenarios ----
  sf: text('scenario file'),
  sn: text(
    'embedded scenario: uac, uas, regexp, branchc, branchs, uac_pcap, 3pcc-C-A, 3pcc-C-B, 3pcc-A, 3pcc-B',
  ),
  sd: text('print an embedded scenario and end'),
  oocsf: text('scenario file for requests outside of any call'),
  oocsn: text('embedded scenario for them: ooc_default, ooc_dummy'),
  // ---- addresses ----
  t: text('transport: u1 un ui t1 tn'),
  i: text('own address'),
  p: number('own port (default 5060, or any free one)'),
  bind_local: flag('listen at the own address only'),
  rsa: text('host[:port] that everything is sent to'),
  max_socket: number('most sockets with un and tn'),
  mi: text('own address for media'),
  mp: number('own port for media (6000)'),
  min_rtp_port: number('the same, as rtp_stream names it'),
  rtp_echo: flag('send media back'),
  rtp_payload: number('payload type of rtp_stream (8)'),
  // ---- what stands in messages ----
  s: text('who is called: [service]'),
  key: pair('[keyword] becomes the value'),
  set: pair('a global variable at the start'),
  au: text('user name for authentication (that of -s)'),
  ap: text('password for authentication (password)'),
  auth_uri: text('URI in Authorization'),
  cid_str: text('form of Call-IDs (%u-%p@%s)'),
  base_cseq: number('first [cseq]'),
  inf: text('CSV file for [fieldN]; may stand several times'),
  infindex: pair('index a CSV file by a field, for lookup'),
  ip_field: number('field with the own address, for -t ui'),
  tdmmap: text('table of circuits {0-3}{99}{5-8}{1-31}'),
  dynamicStart: number('[dynamic_id] at the start'),
  dynamicMax: number('[dynamic_id] at most'),
  dynamicStep: number('step of [dynamic_id]'),
  // ---- pace ----
  r: number('calls a period (10)'),
  rp: ms('the period (1000)'),
  m: number('calls in all, then end'),
  l: number('calls at once'),
  users: number('so many calls at once instead of a rate'),
  rate_increase: number('add so many calls a second ...'),
  rate_interval: seconds('... every so often'),
  rate_max: number('and end when the rate is above this'),
  no_rate_quit: flag('do not end then'),
  d: ms('length of pauses without one'),
  // ---- behaviour ----
  aa: flag('answer INFO, NOTIFY, OPTIONS and UPDATE with 200'),
  nd: flag('no default behaviour'),
  default_behaviors: text('all, none, bye, abortunexp, pingreply, cseq; each may have a - before it'),
  nr: flag('no retransmissions'),
  max_retrans: number('repetitions of a request at most'),
  max_invite_retrans: number('... of an INVITE (5)'),
  max_non_invite_retrans: number('... of others (9)'),
  T2: ms('longest time between repetitions (4000)'),
  rtcheck: text('full or loose'),
  lost: number('per cent of the messages that are thrown away'),
  pause_msg_ign: flag('messages during a pause are not looked at'),
  callid_slash_ign: flag('/// in a Call-ID means nothing'),
  deadcall_wait: ms('how long calls that are over are remembered (33000)'),
  recv_timeout: ms('how long any message is waited for'),
  send_timeout: ignored('ms', 'sending never waits here'),
  timeout: seconds('end after this time'),
  timeout_error: flag('... and fail then'),
  // ---- 3PCC ----
  '3pcc': text('address:port between the two players of a controller'),
  master: text('extended 3PCC: own name as master'),
  slave: text('extended 3PCC: own name as slave'),
  slave_cfg: text('extended 3PCC: file with name;address:port lines'),
  // ---- what is written ----
  trace_msg: flag('<scenario>_<pid>_messages.log'),
  message_file: text('name of it'),
  trace_shortmsg: flag('<scenario>_<pid>_shortmessages.log'),
  shortmessage_file: text('name of it'),
  trace_err: flag('<scenario>_<pid>_errors.log'),
  error_file: text('name of it'),
  trace_logs: flag('<scenario>_<pid>_logs.log: <log> actions'),
  log_file: text('name of it'),
  trace_stat: flag('<scenario>_<pid>_.csv: statistics'),
  stf: text('name of it'),
  fd: seconds('how often it is written (60)'),
  stat_delimiter: text('between its columns (;)'),
  trace_counts: flag('<scenario>_<pid>_counts.csv: every message counted'),
  trace_screen: flag('<scenario>_<pid>_screen.log: the last screen'),
  screen_file: text('name of it'),
  trace_rtt: flag('<scenario>_<pid>_rtt.csv: response times'),
  f: seconds('how often the screen is drawn (1)'),
  nostdin: flag('the keyboard means nothing'),
  bg: flag('no screen; the process stays in front'),
  sleep: seconds('wait at the start'),
  // ---- taken as it is ----
  ...Object.fromEntries(
    [
      'message_overwrite',
      'shortmessage_overwrite',
      'error_overwrite',
      'log_overwrite',
      'screen_overwrite',
    ].map((name) => [name, ignored('text', 'files are written anew')]),
  ),
  ...Object.fromEntries(
    ['timer_resol', 'max_recv_loops', 'max_sched_loops', 'buff_size', 'rtt_freq', 'mb', 'rate_scale']
      .concat(['watchdog_interval', 'watchdog_reset', 'watchdog_minor_threshold', 'watchdog_major_threshold'])
      .concat(['watchdog_major_maxtriggers', 'watchdog_minor_maxtriggers', 'rtp_buffsize', 'rtp_threadtasks'])
      .concat([
        'ringbuffer_files',
        'ringbuffer_size',
        'max_log_size',
        'max_reconnect',
        'reconnect_sleep',
        'cp',
        'ci',
      ])
      .concat(['max_rtp_port', 'reconnect_close', 'calldebug_file', 'calldebug_overwrite', 'tls_version'])
      .map((name) => [name, ignored('text', TUNING)]),
  ),
  ...Object.fromEntries(
    ['skip_rlimit', 'sendbuffer_warn', 'periodic_rtd', 'trace_error_codes', 'trace_calldebug', 'rfc3339'].map(
      (name) => [name, ignored('flag', TUNING)],
    ),
  ),
}

/** Switches of real SIPp that this player cannot honour. */
const REFUSED: Readonly<Record<string, string>> = {
  plugin: 'plugins are for real SIPp (--engine local)',
  oocrf: 'there is no such switch; -oocsf is meant',
  multihome: 'SCTP is for real SIPp (--engine local)',
  heartbeat: 'SCTP is for real SIPp (--engine local)',
  assocmaxret: 'SCTP is for real SIPp (--engine local)',
  pathmaxret: 'SCTP is for real SIPp (--engine local)',
  pmtu: 'SCTP is for real SIPp (--engine local)',
  gracefulclose: 'SCTP is for real SIPp (--engine local)',
  tls_cert: 'TLS is for real SIPp (--engine local)',
  tls_key: 'TLS is for real SIPp (--engine local)',
  tls_crl: 'TLS is for real SIPp (--engine local)',
  tls_ca: 'TLS is for real SIPp (--engine local)',
  rxsf: 'a second scenario for incoming calls is for real SIPp 3.7.5 (--engine local)',
  rxsn: 'a second scenario for incoming calls is for real SIPp 3.7.5 (--engine local)',
}

/** A switch as it was given. */
export interface Given {
  readonly name: string
  readonly values: readonly string[]
}

export interface SippArguments {
  readonly given: readonly Given[]
  /** What is no switch: a scenario file, the far end. */
  readonly positionals: readonly string[]
  readonly warnings: readonly string[]
}

const COUNT: Readonly<Record<Kind, number>> = { flag: 0, text: 1, number: 1, ms: 1, s: 1, pair: 2 }

/** Reads a command line in SIPp's manner; for SIPp itself (`isReal`) all of its switches count. Throws a UsageError. */
export function sippArguments(argv: readonly string[], isReal = false): SippArguments {
  const given: Given[] = []
  const positionals: string[] = []
  const warnings: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word)
      continue
    }
    const name = word.slice(1)
    const known = switchCalled(name, isReal)
    if (known === undefined) throw unknown(name)
    const values = argv.slice(at + 1, at + 1 + COUNT[known.kind])
    if (values.length < COUNT[known.kind])
      throw new UsageError(
        `sipp: ${word} needs ${COUNT[known.kind] === 2 ? 'two values' : 'a value'} behind it.`,
      )
    at += values.length
    check(word, known.kind, values[0])
    if (isReal || known.ignored === undefined) given.push({ name, values })
    else warnings.push(`${word} is taken, but does nothing: ${known.ignored}`)
  }
  return { given, positionals, warnings }
}

/** Each of the switches that we refuse takes one value. */
function switchCalled(name: string, isReal: boolean): Switch | undefined {
  if (Object.hasOwn(SIPP_SWITCHES, name)) return SIPP_SWITCHES[name]
  return isReal && Object.hasOwn(REFUSED, name) ? text('') : undefined
}

function unknown(name: string): UsageError {
  const refused = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined
  if (refused !== undefined) return new UsageError(`sipp: -${name} is not offered: ${refused}.`)
  const near = nearest(name, Object.keys(SIPP_SWITCHES))
  const hint = near === undefined ? '' : ` Did you mean -${near}?`
  return new UsageError(`sipp: there is no switch -${name}.${hint} "sipwright sipp --help" lists them.`)
}

function check(word: string, kind: Kind, value: string | undefined): void {
  if (kind === 'number' && !/^-?\d+(?:\.\d+)?$/.test(value!))
    throw new UsageError(`sipp: ${word} ${value}: give a number.`)
  if ((kind === 'ms' || kind === 's') && timeOf(value!, 1) === undefined)
    throw new UsageError(`sipp: ${word} ${value}: give a time, as in 500ms, 5s, 2m or 1h.`)
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
}

/** A time in milliseconds; without a unit it is in `unitMs`. "1:30" is a minute and a half. */
export function timeOf(text: string, unitMs: number): number | undefined {
  const [, hours, minutes, seconds] = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text) ?? []
  if (minutes !== undefined)
    return (Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  const [, value, unit = ''] = /^(\d+(?:\.\d+)?)([a-z]*)$/.exec(text) ?? []
  const factor = unit === '' ? unitMs : UNITS[unit]
  return value === undefined || factor === undefined ? undefined : Number(value) * factor
}

/** The help text's list of switches. */
export function switchList(): string {
  return Object.entries(SIPP_SWITCHES)
    .filter(([, { ignored }]) => ignored === undefined)
    .map(([name, { about }]) => `  -${name.padEnd(24)}${about}\n`)
    .join('')
}
