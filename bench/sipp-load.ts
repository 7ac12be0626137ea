// SIPp's `uac` in this player: ten thousand calls through the engine in virtual time, and as many as go through
// `sipwright serve` on loopback, beside real SIPp with the same switches.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { loadScript, MODULES } from '../src/modules/index.js'
import { Engine } from '../src/proxy/engine.js'
import { Random } from '../src/random.js'
import { SimDriver } from '../src/sim/driver.js'
import { DEFAULT_PACE, defaultOptions } from '../src/sipp-xml/default-options.js'
import { embeddedScenario } from '../src/sipp-xml/embedded.js'
import { Player } from '../src/sipp-xml/player.js'
import { Child, freePort } from './child.js'
import type { Figure } from './figures.js'

const VIRTUAL_CALLS = 10_000
const VIRTUAL_RATE = 500
const REAL_CALLS = 25_000
/** So many calls at once keep the proxy at its limit, whoever makes them. */
const REAL_LIMIT = 300
const ROUNDS = 3

const SCRIPT = (port: number): string => `route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); break; };
  record_route();
  if (loose_route()) { t_relay(); break; };
  rewritehostport("127.0.0.1:${port}");
  t_relay();
}
`
const LOADING = ['sl', 'tm', 'rr', 'maxfwd'].map((name) => `loadmodule "${name}.so"\n`).join('')

export async function measureSipp(): Promise<Figure[]> {
  const seconds = await virtualSeconds()
  const virtual: Figure = {
    about: `${VIRTUAL_CALLS} calls of a SIPp scenario through the engine, virtual time, seconds`,
    ...{ budget: '<= 10', ours: seconds.toFixed(1), other: '-', ratio: '-' },
  }
  const { sipp, uac, uas, both } = await realRates()
  const real = (as: string, ours: number): Figure => ({
    about: `SIPp scenario calls a second through serve on loopback, as ${as}`,
    ...{ budget: '>= 1.0 x SIPp', ours: ours.toFixed(0), other: sipp.toFixed(0) },
    ratio: (ours / sipp).toFixed(2),
  })
  return [virtual, real('UAC', uac), real('UAS', uas), real('both', both)]
}

async function virtualSeconds(): Promise<number> {
  const driver = new SimDriver({ seed: 1, record: 'none', stepsMax: Infinity })
  const random = new Random(1)
  const listen = { transport: 'udp', address: '127.0.0.1', port: 5060 } as const
  const engine = new Engine({
    ...{
      program: loadScript(SCRIPT(5062), 'bench.cfg', { preload: true }),
      modules: MODULES,
      profile: 'ser',
    },
    ...{ sockets: [listen], random: random.fork(), trace: false, now: 0, epochMs: 0 },
    identity: { signature: 'Sipwright', pid: 1, aliases: [] },
  })
  const player = (name: string, port: number): Player => {
    const local = { address: '127.0.0.1', port }
    const options = defaultOptions({ name, scenario: embeddedScenario(name)!, local, random: random.fork() })
    const pace = { ...DEFAULT_PACE, rate: VIRTUAL_RATE, total: name === 'uac' ? VIRTUAL_CALLS : undefined }
    return new Player({ ...options, pace, remote: { ...listen, host: listen.address } })
  }
  const uac = player('uac', 5064)
  await driver.attach('proxy', engine, [listen])
  await driver.attach('uas', player('uas', 5062), [{ ...listen, port: 5062 }])
  await driver.attach('uac', uac, [{ ...listen, port: 5064 }])
  const started = performance.now()
  await driver.runUntil(() => uac.ended, 600_000)
  const { SuccessfulCall } = uac.statistics.total
  if (SuccessfulCall !== VIRTUAL_CALLS)
    throw new Error(`only ${SuccessfulCall} calls succeeded in virtual time`)
  return (performance.now() - started) / 1000
}

const SIPP = ['sipp'] as const
const OURS = [process.execPath, resolve('bin/sipwright.js'), 'sipp'] as const
type Program = readonly [string, ...string[]]

/** Who calls and who answers, in turns; the best round of each counts. */
const SIDES = { sipp: [SIPP, SIPP], uac: [OURS, SIPP], uas: [SIPP, OURS], both: [OURS, OURS] } as const

async function realRates(): Promise<Record<keyof typeof SIDES, number>> {
  const rates = { sipp: 0, uac: 0, uas: 0, both: 0 }
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, [caller, callee]] of Object.entries(SIDES)) {
      const side = name as keyof typeof SIDES
      rates[side] = Math.max(rates[side], await realRate(caller, callee))
      process.stderr.write(`  round ${round + 1}, ${side}: ${rates[side].toFixed(0)} calls a second\n`)
    }
  return rates
}

async function realRate([caller, ...before]: Program, [callee, ...ahead]: Program): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-bench-'))
  const children: Child[] = []
  const start = (what: string, args: readonly string[]): Child => {
    const child = new Child(what, [...args], folder)
    children.push(child)
    return child
  }
  try {
    const [proxyPort, uasPort, uacPort] = [await freePort(), await freePort(), await freePort()]
    writeFileSync(join(folder, 'relay.cfg'), LOADING + SCRIPT(uasPort))
    start(process.execPath, [
      resolve('bin/sipwright.js'),
      'serve',
      'relay.cfg',
      '-l',
      `udp:127.0.0.1:${proxyPort}`,
      '-T',
    ])
    start(callee, [...ahead, '-sn', 'uas', '-i', '127.0.0.1', '-p', String(uasPort), '-nostdin'])
    await pause(1500)
    const calls = [
      '-m',
      String(REAL_CALLS),
      '-r',
      '50000',
      '-l',
      String(REAL_LIMIT),
      '-timeout',
      '60',
      '-nostdin',
    ]
    const table = join(folder, 'calls.csv')
    const statistics = ['-trace_stat', '-stf', table, '-fd', '1']
    const uac = start(caller, [
      ...before,
      '-sn',
      'uac',
      `127.0.0.1:${proxyPort}`,
      '-i',
      '127.0.0.1',
      '-p',
      String(uacPort),
      ...calls,
      ...statistics,
    ])
    const code = await uac.finished(90_000)
    if (code !== 0) throw new Error(`${caller} ended with ${code}: ${uac.output.slice(-500)}`)
    return rateIn(readFileSync(table, 'latin1'))
  } finally {
    for (const child of children) await child.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What it sustains: the median of its rates of each second, without the first (everybody warms up) and the last. */
function rateIn(table: string): number {
  const rows = table.trim().split('\n')
  const column = rows[0]!.split(';').indexOf('CallRate(P)')
  const rates = rows.slice(3, -1).map((row) => Number(row.split(';')[column]))
  return rates.sort((one, two) => one - two)[rates.length >> 1] ?? 0
}
