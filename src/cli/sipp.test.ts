// Real SIPp through `sipwright serve` with a relaying script: no call may fail, no transaction may be left.
// Without SIPp the test is skipped aloud; with SIPWRIGHT_REQUIRE=all its absence is a failure.

import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const hasSipp = spawnSync('sipp', ['-v']).error === undefined
const required = process.env.SIPWRIGHT_REQUIRE === 'all'
const skip = hasSipp || required ? false : 'sipp is not installed; apt-get install sip-tester'

const PROXY_PORT = 25070
const CALLEE_PORT = 25090
const CALLER_PORT = 25092
const CALLS = 100

const SCRIPT = `route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); break; };
  record_route();
  if (loose_route()) { t_relay(); break; };
  rewritehostport("127.0.0.1:${CALLEE_PORT}");
  t_relay();
}
`
const MODULES = ['sl', 'tm', 'rr', 'maxfwd'].map((module) => `loadmodule "${module}.so"\n`).join('')

/** Ends a child and waits for it. */
async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

test(`${CALLS} calls of real SIPp through serve, none failed`, { skip, timeout: 60_000 }, async () => {
  assert.ok(hasSipp, 'SIPWRIGHT_REQUIRE=all: sipp must be installed (apt-get install sip-tester)')
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-'))
  const script = join(folder, 'relay.cfg')
  writeFileSync(script, MODULES + SCRIPT)
  const proxy = spawn(process.execPath, [
    'bin/sipwright.js',
    'serve',
    script,
    '-l',
    `udp:127.0.0.1:${PROXY_PORT}`,
    '-T',
  ])
  const said = { out: '', err: '' }
  proxy.stdout.on('data', (chunk) => (said.out += String(chunk)))
  proxy.stderr.on('data', (chunk) => (said.err += String(chunk)))
  const local = ['-i', '127.0.0.1', '-nostdin']
  const callee = spawn('sipp', ['-sn', 'uas', ...local, '-p', String(CALLEE_PORT)], {
    cwd: folder,
    stdio: 'ignore',
  })
  try {
    while (!said.out.includes('Listening on')) {
      await Promise.race([once(proxy.stdout, 'data'), once(proxy, 'exit')])
      assert.equal(proxy.exitCode, null, `serve ended: ${said.err}`)
    }
    const calls = ['-m', String(CALLS), '-r', '100', '-timeout', '30']
    const target = ['-sn', 'uac', '-s', 'bob', `127.0.0.1:${PROXY_PORT}`]
    const caller = spawn('sipp', [...target, ...local, ...calls, '-p', String(CALLER_PORT)], {
      cwd: folder,
      stdio: 'ignore',
    })
    const [code] = (await once(caller, 'exit')) as [number | null]
    assert.equal(code, 0, `sipp ended with ${code}; the proxy said:\n${said.err}`)
  } finally {
    await ended(callee, 'SIGKILL')
    await ended(proxy, 'SIGTERM')
  }
  assert.equal(proxy.exitCode, 0, said.err)
})
