// End to end: CPU per call through a proxy on loopback, under a load that SIPp makes, sides in turns (A B A B).

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Child, cpuMicroseconds } from './child.js'
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

const PROXY_PORT = 25060
const UAS_PORT = 25070
const UAC_PORT = 25080
/** Transactions linger after the last call; their end belongs to its cost. */
const LINGER_MS = 6000
const WARM_UP: Load = { callsPerSecond: 500, seconds: 2 }

/** One load through one side, in a process of its own, warmed up. */
export async function measureLoad(side: Side, logic: Logic, load: Load): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-bench-'))
  const children: Child[] = []
  try {
    const proxy = await side.start(folder, logic, PROXY_PORT, UAS_PORT)
    children.push(proxy)
    const uas = new Child(
      'sipp',
      ['-sn', 'uas', '-i', '127.0.0.1', '-p', String(UAS_PORT), '-nostdin'],
      folder,
    )
    children.push(uas)
    await pause(300)
    await runCalls(folder, WARM_UP, children)
    await pause(500)
    const before = cpuMicroseconds(proxy.pid)
    const counted = await runCalls(folder, load, children)
    await pause(LINGER_MS)
    const spent = cpuMicroseconds(proxy.pid) - before
    return { ...counted, microsecondsPerCall: spent / Math.max(1, counted.calls) }
  } finally {
    for (const child of children) await child.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runCalls(
  folder: string,
  { callsPerSecond, seconds }: Load,
  children: Child[],
): Promise<Omit<Measured, 'microsecondsPerCall'>> {
  const calls = callsPerSecond * seconds
  const rate = ['-r', String(callsPerSecond), '-m', String(calls), '-l', String(callsPerSecond * 4)]
  const place = ['-i', '127.0.0.1', '-p', String(UAC_PORT), `127.0.0.1:${PROXY_PORT}`]
  const statistics = ['-trace_stat', '-fd', '1', '-nostdin', '-timeout', String(seconds + 20), '-d', '0']
  const uac = new Child('sipp', ['-sn', 'uac', ...rate, ...statistics, ...place], folder)
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
