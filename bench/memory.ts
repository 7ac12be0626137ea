// Memory a registered contact takes, beside Kamailio's; and what a call costs when many are registered or many calls
// are open.

import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Child, freePort } from './child.js'
import { cpuPerRun, times, type Figure } from './figures.js'
import { usrloc } from '../src/modules/usrloc.js'
import { register } from './messages.js'
import { has, MODULE_PATH } from './sides.js'
import { engineOf, Straight } from './straight.js'

const CONTACTS = 100_000
const BUDGET = '<= 0.90, goal 0.30'
/** Of an earlier measurement (Kamailio 5.6.3, -x fm, a million contacts). */
const KAMAILIO_BYTES_RECORDED = 967

export async function measureContacts(): Promise<Figure[]> {
  const program = join(import.meta.dirname, 'contacts.js')
  const mine = Number(
    execFileSync(process.execPath, ['--expose-gc', program, String(CONTACTS)], { encoding: 'latin1' }),
  )
  const measured = has('kamailio') && has('kamcmd') ? await kamailioBytes() : undefined
  const theirs = measured ?? KAMAILIO_BYTES_RECORDED
  return [
    {
      about: `bytes a registered contact, at ${CONTACTS / 1000} k`,
      ours: mine.toFixed(0),
      other: `kamailio usrloc ${theirs.toFixed(0)}${measured === undefined ? ' (recorded, not measured here)' : ''}`,
      ratio: times(mine, theirs),
      budget: BUDGET,
    },
  ]
}

/** Shared memory that Kamailio really uses for each of CONTACTS registrations; undefined when it cannot be asked. */
async function kamailioBytes(): Promise<number | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-bench-'))
  const control = join(folder, 'control')
  const script = join(folder, 'registrar.cfg')
  const port = await freePort()
  writeFileSync(script, registrarScript(control, port))
  const memory = ['-x', 'fm', '-X', 'fm', '-m', '512', '-M', '16']
  const child = new Child(
    'kamailio',
    [...memory, '-DD', '-E', '-P', join(folder, 'pid'), '-Y', folder, '-f', script],
    folder,
  )
  const used = (): number => {
    const text = execFileSync('kamcmd', ['-s', `unix:${control}`, 'core.shmmem'], { encoding: 'latin1' })
    return Number(/real_used:\s*(\d+)/.exec(text)?.[1])
  }
  try {
    await pause(1500)
    await registerAll(port, 0, 2000)
    const before = used()
    await registerAll(port, 2000, CONTACTS)
    return (used() - before) / CONTACTS
  } catch {
    return undefined
  } finally {
    await child.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

function registrarScript(control: string, port: number): string {
  const modules = ['sl', 'usrloc', 'registrar', 'ctl'].map((name) => `loadmodule "${name}.so"`).join('\n')
  return `debug=-1
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:${port}
mpath="${MODULE_PATH}"
${modules}
modparam("ctl", "binrpc", "unix:${control}")
modparam("usrloc", "hash_size", 14)
modparam("registrar", "max_expires", 0)
request_route { save("location"); }
`
}

/** Each waits for its 200, a window of them at a time, so that none is lost. */
async function registerAll(port: number, first: number, count: number): Promise<void> {
  const window = 64
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  let next = first
  let answered = 0
  const send = (): void => {
    if (next >= first + count) return
    // Answers go where the Via says.
    const bytes = register(`user${next}`, next).replace(
      '127.0.0.1:5070',
      `127.0.0.1:${socket.address().port}`,
    )
    next++
    socket.send(bytes, port, '127.0.0.1')
  }
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('Kamailio does not answer')), 60_000)
    socket.on('message', () => {
      send()
      if (++answered < count) return
      clearTimeout(late)
      resolve()
    })
    for (let sent = 0; sent < window; sent++) send()
  }).finally(() => socket.close())
}

// ---- growth ----

const CALL_RUNS = 3000

const LOOKUP_SCRIPT = `modparam("tm", "fr_timer", 36000)
modparam("tm", "fr_inv_timer", 36000)
modparam("tm", "retr_timer1p1", 36000)
modparam("tm", "retr_timer1p2", 36000)
modparam("tm", "retr_timer1p3", 36000)
modparam("tm", "retr_timer2", 36000)
route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); break; };
  if (method == "REGISTER") { save("location"); break; };
  record_route();
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); break; };
  if (!t_relay()) { sl_reply_error(); };
}
`

export function measureGrowth(): Figure[] {
  const contacts = [1000, 100_000].map((count) => costWith(count, 0))
  const open = [10_000, 50_000].map((count) => costWith(1000, count))
  const row = (about: string, [few, many]: number[]): Figure => ({
    about,
    ours: `${many!.toFixed(0)} us`,
    other: `ours with few ${few!.toFixed(0)} us`,
    ratio: times(many!, few!),
    budget: '<= 1.30, goal 1.10',
  })
  const [fewLookups, manyLookups] = [1000, CONTACTS].map(lookupNs)
  return [
    {
      about: `a lookup in the table of bindings, ${CONTACTS / 1000} k contacts to 1 k`,
      ours: `${manyLookups!.toFixed(0)} ns`,
      other: `ours with few ${fewLookups!.toFixed(0)} ns`,
      ratio: times(manyLookups!, fewLookups!),
      budget: 'reported',
    },
    row('CPU a call (engine alone), 100 k contacts to 1 k', contacts),
    row('CPU a call (engine alone), 50 k open transactions to 10 k', open),
  ]
}

const LOOKUPS = 200_000
/** Far apart in memory, as the users of one moment are. */
const STRIDE = 7919

/** Time of finding one user's usable bindings among so many. Throws when one is not found: then nothing was measured. */
function lookupNs(users: number): number {
  const straight = new Straight(engineOf(LOOKUP_SCRIPT))
  for (let user = 0; user < users; user++) straight.register(`user${user}`, user)
  const table = straight.engine.use(usrloc).table('location')
  let turn = 0
  return (
    1000 *
    cpuPerRun(() => {
      const user = `user${(turn++ * STRIDE) % users}`
      if (table.usable(user, straight.now).length === 0) throw new Error(`${user} has no binding`)
    }, LOOKUPS)
  )
}

/** CPU of one call through an engine with so many users registered and so many INVITEs unanswered. */
function costWith(users: number, openInvites: number): number {
  const straight = new Straight(engineOf(LOOKUP_SCRIPT))
  for (let user = 0; user < users; user++) straight.register(`user${user}`, user)
  for (let invite = 0; invite < openInvites; invite++) straight.invite(1e6 + invite, `user${invite % users}`)
  let call = 0
  return cpuPerRun(() => straight.call(`user${call++ % users}`), CALL_RUNS, 4)
}
