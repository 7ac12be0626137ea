// The two sides of the end-to-end comparison: the same logic in both dialects, each with one worker.

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Child } from './child.js'

export type Logic = 'stateful' | 'stateless'

export interface Side {
  readonly name: string
  start(folder: string, logic: Logic, port: number, uasPort: number): Promise<Child>
}

/** Kamailio's default debugging allocator doubles its cost: an honest comparison takes the fast one. */
const ALLOCATOR = ['-x', 'fm', '-X', 'fm']
const READY_MS_MAX = 5000
const POLL_MS = 50

const MODULE_FOLDERS = ['/usr/lib/x86_64-linux-gnu/kamailio/modules', '/usr/lib/kamailio/modules']
/** Where this machine's Kamailio keeps its modules. */
export const MODULE_PATH = MODULE_FOLDERS.find((folder) => existsSync(folder)) ?? MODULE_FOLDERS[0]!

/** Is this program in the PATH? */
export function has(program: string): boolean {
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin'].some((folder) =>
    existsSync(join(folder, program)),
  )
}

export const ourSide: Side = {
  name: 'sipwright',
  start: async (folder, logic, port, uasPort) => {
    const script = join(folder, `${logic}.ser`)
    writeFileSync(script, ourScript(logic, uasPort))
    // For a closer look: --cpu-prof --cpu-prof-dir=FOLDER, --max-semi-space-size=64 ...
    const flags = (process.env.SIPWRIGHT_BENCH_NODE_FLAGS ?? '').split(' ').filter((flag) => flag !== '')
    const server = join(import.meta.dirname, 'server.js')
    return ready(new Child(process.execPath, [...flags, server, script, String(port)]), /ready/)
  },
}

export const kamailioSide: Side = {
  name: 'kamailio -x fm',
  start: async (folder, logic, port, uasPort) => {
    const script = join(folder, `${logic}.cfg`)
    writeFileSync(script, kamailioScript(logic, port, uasPort))
    const memory = ['-m', '512', '-M', '32']
    const args = [...ALLOCATOR, ...memory, '-DD', '-E', '-P', join(folder, 'kamailio.pid'), '-f', script]
    const child = new Child('kamailio', [...args, '-Y', folder], folder)
    await pause(1500)
    if (!child.running) throw new Error(`kamailio ended:\n${child.output}`)
    return child
  },
}

async function ready(child: Child, sign: RegExp): Promise<Child> {
  for (let waited = 0; !sign.test(child.output); waited += POLL_MS) {
    if (!child.running || waited > READY_MS_MAX)
      throw new Error(`the server does not start:\n${child.output}`)
    await pause(POLL_MS)
  }
  return child
}

function ourScript(logic: Logic, uasPort: number): string {
  const relay =
    logic === 'stateful'
      ? `if (!t_relay_to_udp("127.0.0.1", "${uasPort}")) { sl_reply_error(); };`
      : `forward("127.0.0.1", ${uasPort});`
  const modules = ['sl', 'tm', 'rr', 'maxfwd'].map((name) => `loadmodule "${name}.so"`).join('\n')
  return `${modules}
route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); break; };
  if (!loose_route()) { record_route(); };
  ${relay}
}
`
}

function kamailioScript(logic: Logic, port: number, uasPort: number): string {
  const relay =
    logic === 'stateful'
      ? `if (!t_relay_to_udp("127.0.0.1", "${uasPort}")) { sl_reply_error(); }`
      : `$du = "sip:127.0.0.1:${uasPort}"; forward();`
  const modules = ['tm', 'sl', 'rr', 'maxfwd', 'pv'].map((name) => `loadmodule "${name}.so"`).join('\n')
  return `debug=-1
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:${port}
mpath="${MODULE_PATH}"
${modules}
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (!loose_route()) { record_route(); }
  ${relay}
}
`
}
