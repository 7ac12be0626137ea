// Our scenarios in this player and in real SIPp, against each other: verdict, messages up to what is volatile, log
// actions and exit code of either side must be the same. Writes a table into reports/sipp-parity.md.
//
// Needs `sipp` (apt-get install sip-tester). Run it with: npm run sipp:parity [NAME...]

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run as playOurs } from '../src/cli/sipp.js'
import type { Terminal } from '../src/cli/terminal.js'
import { PARITY_CASES, type ParityCase, type ParitySide } from './sipp-cases.js'

const SCENARIOS = 'features/sipp/scenarios'
const REPORT = 'reports/sipp-parity.md'
const FIRST_PORT = 26_000
/** A server is there after so long. */
const READY_MS = 400
const LIMIT_MS = 12_000
const SERVER_LIMIT_MS = 6000

type Engine = 'sipp' | 'ours'

interface Played {
  readonly exit: number | string
  readonly messages: readonly string[]
  readonly logs: string
  readonly said: string
}

interface Place {
  readonly folder: string
  readonly port: number
  readonly far: number | undefined
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function argumentsFor(
  { scenario, args = [] }: ParitySide,
  { folder, port, far }: Place,
  id: string,
): string[] {
  const what = scenario.endsWith('.xml') ? ['-sf', join(SCENARIOS_PATH, scenario)] : ['-sn', scenario]
  const files = ['message_file', 'error_file', 'log_file'].flatMap((name) => [
    `-${name}`,
    join(folder, `${id}.${name}`),
  ])
  const traces = ['-trace_msg', '-trace_err', '-trace_logs', '-nostdin']
  const calls = args.includes('-m') ? [] : ['-m', '1']
  const other = ['-key', 'other_port', String(far ?? 0)]
  const end = args.includes('-timeout') ? [] : ['-timeout', String(LIMIT_MS / 1000)]
  const place = ['-i', '127.0.0.1', '-p', String(port), ...(far === undefined ? [] : [`127.0.0.1:${far}`])]
  return [...what, ...place, ...calls, ...args, ...other, ...end, ...traces, ...files]
}

const SCENARIOS_PATH = resolve(SCENARIOS)

async function playWith(
  engine: Engine,
  side: ParitySide,
  place: Place,
  id: string,
  stop: Promise<unknown>,
): Promise<Played> {
  const args = argumentsFor(side, place, id)
  const { exit, said, pid } = engine === 'sipp' ? await playSipp(args, stop) : await playHere(args, stop)
  const text = (name: string): string => {
    const file = join(place.folder, `${id}.${name}`)
    return existsSync(file) ? readFileSync(file, 'latin1') : ''
  }
  return {
    exit,
    said: said + text('error_file'),
    messages: messagesIn(text('message_file')).map((message) => settled(message, pid)),
    logs: settled(text('log_file'), pid),
  }
}

/** Real SIPp; ended when it has not come to its end some time after the other side. */
async function playSipp(args: readonly string[], stop: Promise<unknown>) {
  const child = spawn('sipp', args, { cwd: SCENARIOS_PATH, stdio: 'ignore' })
  const ended = new Promise<number | string>((resolve) =>
    child.on('exit', (code, signal) => resolve(code ?? signal ?? 'gone')),
  )
  const late = stop.then(() => pause(SERVER_LIMIT_MS)).then(() => 'still running')
  const exit = await Promise.race([ended, late])
  child.kill('SIGKILL')
  return { exit, said: '', pid: child.pid ?? 0 }
}

async function playHere(args: readonly string[], stop: Promise<unknown>) {
  let said = ''
  const note = (text: string): void => void (said += text)
  const terminal: Terminal = { out: note, err: note, isTerminal: false, width: 100 }
  const late = stop.then(() => pause(SERVER_LIMIT_MS)).then(() => 'still running')
  const exit = await Promise.race<number | string>([playOurs(args, terminal), late])
  return { exit, said, pid: process.pid }
}

/** "sent: ..." and "received: ..." out of a messages.log. */
function messagesIn(log: string): string[] {
  return log
    .split(/^-{47} .*\n/m)
    .map((entry) => /^\w+ message (sent|received) .*\n\n([\s\S]*)$/.exec(entry))
    .filter((found) => found !== null)
    .map(([, direction, text = '']) => `${direction}: ${text.replace(/\n$/, '')}`)
}

/** Without what differs from run to run. */
function settled(text: string, pid: number): string {
  return text
    .replace(/\r/g, '')
    .replace(new RegExp(`(?<!\\d)${pid}(?!\\d)`, 'g'), 'PID')
    .replace(/z9hG4bK-\d+-/g, 'z9hG4bK-PID-')
    .replace(/(\d+-)\d+(@127\.0\.0\.1)/g, '$1PID$2')
    .replace(/(call-\d+-)\d+-/g, '$1PID-')
    .replace(/(cnonce|response)="?[0-9a-f]+"?/g, '$1=X')
    .replace(/^(X-Time|X-Seconds|X-Circuit): .*$/gm, '$1: X')
    .replace(/(127\.0\.0\.1:|;port=)(?:[3-6]\d{4})/g, '$1PORT')
    .replace(/^(X-Numbers: .* )\d+$/gm, '$1PID')
    .replace(/^m=audio \d+/gm, 'm=audio PORT')
    .replace(/^(X-audio-Places: \d \S+ \S+ \d).*$/gm, '$1 PORTS')
}

interface Row {
  readonly name: string
  readonly side: 'client' | 'server'
  readonly sipp: Played
  readonly ours: Played
  readonly verdictOnly: boolean
  readonly differs: string | undefined
  /** Real SIPp did not play it. */
  readonly onlyOurs: string | undefined
}

async function playCase(parity: ParityCase, index: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-parity-'))
  const play = async (clientBy: Engine, serverBy: Engine, round: number) => {
    const port = FIRST_PORT + index * 20 + round * 10
    let stop: (value?: unknown) => void = () => undefined
    const stopped = new Promise((resolve) => (stop = resolve))
    const id = `${clientBy}-${serverBy}`
    const server = playWith(
      serverBy,
      parity.server,
      { folder, port, far: undefined },
      `server-${id}`,
      stopped,
    )
    await pause(READY_MS)
    const client = await playWith(
      clientBy,
      parity.client,
      { folder, port: port + 4, far: port },
      `client-${id}`,
      pause(LIMIT_MS),
    )
    stop()
    return { client, server: await server }
  }
  const isAlone = (parity.client.onlyOurs ?? parity.server.onlyOurs) !== undefined
  const two = await play('ours', isAlone ? 'ours' : 'sipp', 1)
  const one = isAlone ? two : await play('sipp', 'ours', 0)
  rmSync(folder, { recursive: true, force: true })
  const verdictOnly = parity.verdictOnly === true
  const about = ({ differs, onlyOurs }: ParitySide) => ({ verdictOnly, differs, onlyOurs })
  const name = (side: ParitySide): string => [side.scenario, ...(side.args ?? [])].join(' ')
  const { client, server } = parity
  return [
    { name: name(client), side: 'client', sipp: one.client, ours: two.client, ...about(client) },
    { name: name(server), side: 'server', sipp: two.server, ours: one.server, ...about(server) },
  ]
}

/** What is not the same, in words. */
function differences({ sipp, ours, verdictOnly }: Row): string[] {
  const found: string[] = []
  if (sipp.exit !== ours.exit) found.push(`exit ${sipp.exit} / ${ours.exit}`)
  if (verdictOnly) return found
  // Ports of the two rounds are ten apart.
  const plain = ({ messages }: Played): string[] =>
    byCall(messages.map((text) => text.replace(/2[67]\d{3}/g, 'PORT')))
  const [one, two] = [plain(sipp), plain(ours)]
  const at = one.findIndex((text, index) => text !== two[index])
  if (one.length !== two.length) found.push(`${one.length} / ${two.length} messages`)
  else if (at >= 0) found.push(`message ${at + 1} differs: ${firstDifference(one[at]!, two[at]!)}`)
  if (sipp.logs !== ours.logs) found.push(`<log> texts differ: ${firstDifference(sipp.logs, ours.logs)}`)
  return found
}

/** Calls of one run may overlap differently: message by message within each. */
function byCall(messages: readonly string[]): string[] {
  const callId = (text: string): string => /^Call-ID: (.*)$/m.exec(text)?.[1] ?? ''
  return messages
    .map((text, index) => ({ text, index, call: callId(text) }))
    .sort((one, two) => (one.call === two.call ? one.index - two.index : one.call < two.call ? -1 : 1))
    .map(({ text }) => text)
}

function firstDifference(one: string, two: string): string {
  const [left, right] = [one.split('\n'), two.split('\n')]
  const at = left.findIndex((line, index) => line !== right[index])
  return at < 0 ? `"" / "${right[left.length] ?? ''}"` : `"${left[at]}" / "${right[at] ?? ''}"`
}

async function main(wanted: readonly string[]): Promise<number> {
  if (spawnSync('sipp', ['-v']).error !== undefined) {
    console.error('sipp is not installed (apt-get install sip-tester): there is nothing to compare with.')
    return 2
  }
  const rows: Row[] = []
  for (const [index, parity] of PARITY_CASES.entries()) {
    const names = [parity.client, parity.server].map(({ scenario }) => scenario)
    if (wanted.length > 0 && !names.some((name) => wanted.some((part) => name.includes(part)))) continue
    for (const row of await playCase(parity, index)) {
      rows.push(row)
      const found = differences(row)
      console.log(
        `${found.length === 0 ? 'same  ' : 'differs'} ${row.side.padEnd(7)} ${row.name}${found.length === 0 ? '' : `: ${found.join('; ')}`}`,
      )
      if (found.length > 0 && wanted.length > 0)
        console.log(
          [row.sipp, row.ours]
            .map(({ messages, said }) => `${messages.join('\n~~\n')}\n${said}`)
            .join('\n=======\n'),
        )
    }
  }
  mkdirSync('reports', { recursive: true })
  writeFileSync(REPORT, report(rows))
  const unexplained = rows.filter((row) => differences(row).length > 0 && row.differs === undefined)
  console.log(
    `${rows.length} sides, ${rows.length - unexplained.length} the same or explained. Written: ${REPORT}`,
  )
  return unexplained.length === 0 ? 0 : 1
}

function report(rows: readonly Row[]): string {
  const line = (row: Row): string => {
    const found = differences(row)
    const messages = row.verdictOnly ? '-' : String(row.ours.messages.length)
    const verdict =
      found.length === 0
        ? 'same'
        : `${found.join('; ')}${row.differs === undefined ? '' : ` (${row.differs})`}`
    return `| ${row.name.replaceAll('|', '\\|')} | ${row.side} | ${row.sipp.exit} | ${row.ours.exit} | ${messages} | ${verdict.replaceAll('|', '\\|')} |`
  }
  return [
    '# This player and SIPp 3.6.1',
    '',
    'Each pair is played twice, with real SIPp on either side. Compared: exit codes, every message up to what is',
    'volatile (process ids, times, ports, nonces), and the texts of <log> actions.',
    '',
    '| scenario | side | exit of SIPp | exit here | messages | |',
    '|---|---|---|---|---|---|',
    ...rows.map(line),
    '',
  ].join('\n')
}

process.exitCode = await main(process.argv.slice(2))
process.exit()
