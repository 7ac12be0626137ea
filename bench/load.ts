// End to end: CPU per call through a proxy on loopback, under a load that SIPp makes, sides in turns (A B A B).

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Child, cpuMicroseconds, freePort } from './child.js'
import type { Logic, Side } from './sides.js'

export interface Load {
  readonly callsPerSecond: number
  readonly seconds: number
}

export interface Measured {
  readonly microsecondsPerCall: number
  readonly calls: number
  readonly failed: number
  readonly retransmissions: number
}

/** Transactions linger after the last call; their end belongs to its cost. */
const LINGER_MS = 6000
/** Long enough for the code that stays hot to be compiled. */
const WARM_UP: Load = { callsPerSecond: 1000, seconds: 5 }

/** One load through one side, in a process of its own, warmed up. */
export async function measureLoad(side: Side, logic: Logic, load: Load): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-bench-'))
  const children: Child[] = []
  const place: Place = { folder, children, proxyPort: await freePort() }
  const uasPort = await freePort()
  try {
    const proxy = await side.start(folder, logic, place.proxyPort, uasPort)
    children.push(proxy)
    const uas = new Child(
      'sipp',
      ['-sn', 'uas', '-i', '127.0.0.1', '-p', String(uasPort), '-nostdin'],
      folder,
    )
    children.push(uas)
    await pause(300)
    await runCalls(place, WARM_UP)
    await pause(500)
    const before = cpuMicroseconds(proxy.pid)
    const counted = await runCalls(place, load)
    await pause(LINGER_MS)
    const spent = cpuMicroseconds(proxy.pid) - before
    return { ...counted, microsecondsPerCall: spent / Math.max(1, counted.calls) }
  } finally {
    for (const child of children) await child.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Place {
  readonly folder: string
  readonly children: Child[]
  readonly proxyPort: number
}

async function runCalls(
  { folder, children, proxyPort }: Place,
  { callsPerSecond, seconds }: Load,
): Promise<Omit<Measured, 'microsecondsPerCall'>> {
  const calls = callsPerSecond * seconds
  const rate = ['-r', String(callsPerSecond), '-m', String(calls), '-l', String(callsPerSecond * 4)]
  const addresses = ['-i', '127.0.0.1', '-p', String(await freePort()), `127.0.0.1:${proxyPort}`]
  const statistics = ['-trace_stat', '-fd', '1', '-nostdin', '-timeout', String(seconds + 20), '-d', '0']
  const uac = new Child('sipp', ['-sn', 'uac', ...rate, ...statistics, ...addresses], folder)
  children.push(uac)
  const code = await uac.finished((seconds + 30) * 1000)
  const counted = statisticsIn(folder)
  if (counted.calls === 0)
    throw new Error(`SIPp made no call (exit code ${code}):\n${uac.output.slice(-2000)}`)
  return counted
}

/** The last line of SIPp's statistics. */
function statisticsIn(folder: string): Omit<Measured, 'microsecondsPerCall'> {
  const file = readdirSync(folder).find((name) => /^uac_\d+_\.csv$/.test(name))
  if (file === undefined) return { calls: 0, failed: 0, retransmissions: 0 }
  const lines = readFileSync(join(folder, file), 'latin1').trim().split('\n')
  rmSync(join(folder, file))
  const names = lines[0]!.split(';')
  const values = lines.at(-1)!.split(';')
  const value = (name: string): number => Number(values[names.indexOf(name)] ?? 0)
  return {
    calls: value('SuccessfulCall(C)'),
    failed: value('FailedCall(C)'),
    retransmissions: value('Retransmissions(C)'),
  }
}
