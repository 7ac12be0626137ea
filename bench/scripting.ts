// What the routing language costs a request: the default configuration's route with all functions taken out (each
// returns at once what it would for a call to a registered user), so that only lists, conditions and calls are left.

import { readFileSync } from 'node:fs'
import { MODULES } from '../src/modules/index.js'
import { Context } from '../src/proxy/context.js'
import type { ModuleRecord } from '../src/proxy/module.js'
import { vocabularyOf } from '../src/proxy/vocabulary.js'
import { bindScript } from '../src/script/bind.js'
import { parseScript } from '../src/script/parser.js'
import { Malformed } from '../src/errors.js'
import { parseMessage } from '../src/sip/message.js'
import { cpuPerRun, type Figure } from './figures.js'
import { request } from './messages.js'
import { engineOf, RELAY_SCRIPT } from './straight.js'

const DEFAULT_CONFIGURATION = 'features/scripts/default.cfg'
const RUNS = 200_000

/** What each function of the default configuration returns for a call that goes through. */
const VALUES: Readonly<Record<string, number>> = { loose_route: -1 }

export function measureScript(): Figure[] {
  const script = parseScript(readFileSync(DEFAULT_CONFIGURATION, 'latin1'), DEFAULT_CONFIGURATION)
  const program = bindScript(script, vocabularyOf(MODULES.map(emptied)))
  const message = parseMessage(request('INVITE', 1))
  if (message instanceof Malformed) throw new Error('the sample does not parse')
  const here = { address: '127.0.0.1', port: 5060 }
  const packet = { type: 'packet', transport: 'udp', local: here, remote: here, bytes: message.text } as const
  const context = new Context(engineOf(RELAY_SCRIPT), 'request', message, packet, 0)
  if (program.run('request', 0, context) !== 1) throw new Error('the route does not run through')
  const nanoseconds = cpuPerRun(() => program.run('request', 0, context), RUNS) * 1000
  return [
    {
      about: "the default configuration's route, functions left out, ns a request",
      ...{ ours: nanoseconds.toFixed(0), other: '-', ratio: '-', budget: '<= 1000, goal 250' },
    },
  ]
}

function emptied(module: ModuleRecord): ModuleRecord {
  const functions = Object.entries(module.functions).map(([name, record]) => {
    const value = VALUES[name] ?? 1
    return [name, { ...record, call: () => value }] as const
  })
  return { ...module, functions: Object.fromEntries(functions) }
}
