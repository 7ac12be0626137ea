// Calls in virtual time: two phones and a proxy in one process, each call from INVITE to the BYE's 200.

import type { PhoneOptions } from '../src/agent/options.js'
import { Phone } from '../src/agent/phone.js'
import { loadScript, MODULES } from '../src/modules/index.js'
import { Engine } from '../src/proxy/engine.js'
import { Random } from '../src/random.js'
import { SimDriver } from '../src/sim/driver.js'
import type { Figure } from './figures.js'

/** CPU seconds of one go; both ways take turns, and the best go of each counts. */
const SECONDS = 1.5
const GOES = 4
/** Calls in one world: as many as a long scenario has, so that logs and journals stay what they are there. */
const CALLS_A_WORLD = 200
const WARM_UP_WORLDS = 3
const LIMIT_MS = 10_000

const SCRIPT = `route {
  if (!mf_process_maxfwd_header("70")) { sl_send_reply("483", "Too Many Hops"); break; };
  record_route();
  if (loose_route()) { t_relay(); break; };
  if (!t_relay_to_udp("10.0.0.12", "5060")) { sl_reply_error(); };
}
`

export async function measureSimulation(): Promise<Figure[]> {
  let off = 0
  let on = 0
  for (let go = 0; go < GOES; go++) {
    off = Math.max(off, await callsPerSecond(false))
    on = Math.max(on, await callsPerSecond(true))
  }
  const row = (about: string, rate: number, budget: string): Figure => ({
    ...{ about, budget, ours: rate.toFixed(0), other: '-', ratio: '-' },
  })
  return [
    row('simulated calls a second, trace off', off, '>= 2000, goal 10000'),
    row('simulated calls a second, trace on', on, '>= 1000, goal 5000'),
  ]
}

async function callsPerSecond(trace: boolean): Promise<number> {
  for (let world = 0; world < WARM_UP_WORLDS; world++) await callsInOneWorld(trace)
  let worlds = 0
  const before = process.cpuUsage()
  const spent = (): number => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6
  }
  for (; spent() < SECONDS; worlds++) await callsInOneWorld(trace)
  return (worlds * CALLS_A_WORLD) / spent()
}

async function callsInOneWorld(trace: boolean): Promise<void> {
  const world = await worldOf(trace)
  for (let call = 0; call < CALLS_A_WORLD; call++) await oneCall(world)
}

interface World {
  readonly driver: SimDriver
  readonly alice: Phone
  readonly bob: Phone
}

async function worldOf(trace: boolean): Promise<World> {
  const driver = new SimDriver({ seed: 1, record: trace ? 'all' : 'none' })
  const random = new Random(1)
  const listen = { transport: 'udp', address: '10.0.0.1', port: 5060 } as const
  const engine = new Engine({
    ...{ program: loadScript(SCRIPT, 'bench.ser', { preload: true }), modules: MODULES, profile: 'rfc3261' },
    ...{ sockets: [listen], random: random.fork(), trace, now: 0, epochMs: 0 },
    identity: { signature: 'Sipwright', pid: 1, aliases: [] },
  })
  await driver.attach('proxy', engine, [listen])
  const attach = async (
    name: string,
    address: string,
    behaviour: PhoneOptions['behaviour'] = {},
  ): Promise<Phone> => {
    const contact = { transport: 'udp', address, port: 5060 } as const
    const phone = new Phone({
      ...{
        name,
        aor: `sip:${name}@example.com`,
        contact,
        proxy: listen,
        random: random.fork(),
        trace,
        behaviour,
      },
    })
    await driver.attach(name, phone, [contact])
    return phone
  }
  const alice = await attach('alice', '10.0.0.11')
  const bob = await attach('bob', '10.0.0.12', { incoming: { kind: 'answer' } })
  return { driver, alice, bob }
}

async function oneCall({ driver, alice, bob }: World): Promise<void> {
  driver.give('alice', { type: 'command', command: { verb: 'call', target: 'sip:bob@example.com' } })
  await reached(driver, alice, 'established')
  driver.give('alice', { type: 'command', command: { verb: 'hangup' } })
  await reached(driver, bob, 'ended')
  await reached(driver, alice, 'ended')
}

async function reached(driver: SimDriver, phone: Phone, state: string): Promise<void> {
  if (!(await driver.runUntil(() => phone.calls.at(-1)?.state === state, LIMIT_MS)))
    throw new Error(`${phone.name}: the call is ${phone.calls.at(-1)?.state}, not ${state}`)
}
