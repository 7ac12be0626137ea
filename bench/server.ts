// The program under load: a script on the engine, on real sockets. Ends with SIGTERM; says "ready" once it listens.
//
//   node dist/bench/server.js SCRIPT PORT

import { readFileSync } from 'node:fs'
import { HostDriver } from '../src/host/driver.js'
import { loadScript, MODULES } from '../src/modules/index.js'
import { Engine } from '../src/proxy/engine.js'
import { Random } from '../src/random.js'

const [file = '', port = ''] = process.argv.slice(2)
const driver = new HostDriver({ record: 'none' })
const program = loadScript(readFileSync(file, 'latin1'), file)
const sockets = await driver.bind('proxy', [{ transport: 'udp', address: '127.0.0.1', port: Number(port) }])
driver.run(
  'proxy',
  new Engine({
    ...{ program, modules: MODULES, profile: 'ser', sockets, random: new Random(1), trace: false },
    identity: { signature: 'Sipwright', pid: process.pid, aliases: [] },
    now: driver.now,
    epochMs: Date.now(),
  }),
)
process.once('SIGTERM', () => process.exit(0))
process.stdout.write('ready\n')
