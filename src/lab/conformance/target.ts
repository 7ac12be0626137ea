// What is tried: the engine in virtual time, the engine on sockets, a program started for the run, or a server elsewhere.

import { mkdtempSync, rmSync } from 'node:fs'
import { createSocket } from 'node:dgram'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case } from '../../conformance/cases/case.js'
import type { Address } from '../../endpoint.js'
import { UsageError } from '../../errors.js'
import { HostDriver } from '../../host/driver.js'
import { programVersion } from '../../host/program-version.js'
import type { ProfileName } from '../../proxy/profile.js'
import { DOMAIN } from './engine.js'
import { RealTarget } from './real.js'
import type { CaseResult } from './result.js'
import { EngineServers, FixedServer, MAKES, ProgramServers, type Make, type Servers } from './servers.js'
import { VirtualTarget } from './virtual.js'

export interface TargetOptions {
  readonly folder: string
  /** "engine", "engine-real", a make ("kamailio"), or "udp:10.0.0.1:5060". */
  readonly target: string
  readonly profile: ProfileName
  readonly seed: number
  /** Roles of a server elsewhere. */
  readonly roles: readonly string[]
  /** The domain that a server elsewhere serves. */
  readonly domain: string | undefined
  /** Overrides how a program is started. */
  readonly command: string | undefined
  readonly waitMsMax: number
  readonly parallel: number
}

export interface Target {
  readonly name: string
  runAll(cases: readonly Case[], told: (result: CaseResult) => void): Promise<void>
  close(): Promise<void>
}

const PROBE_MS = 3000

/** Throws a UsageError when there is no such target or it cannot be reached. */
export async function targetOf(options: TargetOptions): Promise<Target> {
  const { target, profile, folder, seed } = options
  if (target === 'engine') {
    const virtual = new VirtualTarget(folder, profile, seed)
    return {
      name: `sipwright engine, profile ${profile}, virtual time`,
      runAll: (cases, told) => virtual.runAll(cases, told),
      close: async () => {},
    }
  }
  const driver = new HostDriver({ record: 'wire' })
  const place = /^(udp|tcp):(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(target)
  if (place !== null)
    return elsewhere(options, driver, { address: place[2] ?? place[3]!, port: Number(place[4]) })
  if (target === 'engine-real') {
    const name = `sipwright engine, profile ${profile}, real sockets`
    return real(options, driver, new EngineServers(name, { folder, driver, profile, seed }))
  }
  return program(options, driver)
}

function real(options: TargetOptions, driver: HostDriver, servers: Servers, from?: string): Target {
  const { folder, seed, waitMsMax, parallel } = options
  const domain = options.domain ?? DOMAIN
  const run = new RealTarget({ ...{ folder, driver, servers, seed, waitMsMax, parallel, domain }, from })
  return {
    name: servers.name,
    runAll: (cases, told) => run.runAll(cases, told),
    close: async () => {
      await servers.stop()
      await driver.close()
    },
  }
}

async function program(options: TargetOptions, driver: HostDriver): Promise<Target> {
  const { target: make, command, folder } = options
  const known = MAKES[make]
  if (known === undefined && command === undefined)
    throw new UsageError(
      `--target ${make}: give engine, engine-real, ${Object.keys(MAKES).join(', ')}, or an address as in udp:127.0.0.1:5060.`,
    )
  const words = command?.split(' ') ?? known!.command
  const name = await versionOf(make, known?.version)
  const runFolder = mkdtempSync(join(tmpdir(), 'sipwright-'))
  const servers = new ProgramServers(name, {
    ...{ folder, make, runFolder },
    command: words,
  })
  const target = real(options, driver, servers)
  return {
    ...target,
    close: async () => {
      await target.close()
      rmSync(runFolder, { recursive: true, force: true })
    },
  }
}

/** What the program says of itself. */
async function versionOf(make: string, asked: Make['version'] | undefined): Promise<string> {
  if (asked === undefined) return make
  const said = await programVersion([asked])
  if (said !== undefined) return said.replace(/^version: /, '')
  throw new UsageError(
    `--target ${make}: the program ${asked[0]} is not here; "sipwright doctor" says how to get it.`,
  )
}

/** A server that runs already: it must answer something before rows are judged. */
async function elsewhere(options: TargetOptions, driver: HostDriver, address: Address): Promise<Target> {
  const from = await ownAddressTowards(address)
  const loopback = /^127\./.test(address.address)
  const servers = new FixedServer(`server at ${options.target}`, address, options.roles)
  const target = real(
    { ...options, domain: options.domain ?? address.address },
    driver,
    servers,
    loopback ? undefined : from,
  )
  let answered = false
  await driver.attach(
    'probe',
    probe(from, address, () => (answered = true)),
    [{ transport: 'udp', address: from, port: 0 }],
  )
  driver.give('probe', { type: 'command', command: undefined })
  await driver.runUntil(() => answered, PROBE_MS)
  await driver.detach('probe')
  if (answered) return target
  await target.close()
  throw new UsageError(
    `${options.target} does not answer: an OPTIONS over UDP from ${from} had no answer in ${PROBE_MS / 1000} s. Is it running, and may this machine reach it?`,
  )
}

function probe(from: string, remote: Address, answered: () => void) {
  let sent = false
  return {
    deadline: undefined,
    step: (input: { type: string; local?: Address }) => {
      if (input.type === 'packet') answered()
      if (input.type !== 'command' || sent) return []
      sent = true
      const local = { address: from, port: 0 }
      const bytes =
        `OPTIONS sip:${remote.address}:${remote.port} SIP/2.0\r\nVia: SIP/2.0/UDP ${from};branch=z9hG4bKprobe;rport\r\n` +
        `Max-Forwards: 70\r\nFrom: <sip:probe@${from}>;tag=probe\r\nTo: <sip:${remote.address}>\r\nCall-ID: probe@${from}\r\n` +
        'CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n'
      return [{ type: 'send', transport: 'udp', local, remote, bytes } as const]
    },
  }
}

/** The address that the system would send from. */
function ownAddressTowards({ address, port }: Address): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.on('error', (error) => reject(new UsageError(`${address}:${port}: ${error.message}`)))
    socket.connect(port, address, () => {
      resolve(socket.address().address)
      socket.close()
    })
  })
}
