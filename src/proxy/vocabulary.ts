// Everything that names in a routing script can mean: the core's words and those of the modules handed in.

import type { Vocabulary } from '../script/contract.js'
import { COMMANDS } from './commands.js'
import { ScriptFault, type Context } from './context.js'
import type { ModuleRecord } from './module.js'
import { OPERANDS } from './operands.js'
import { OPTIONS } from './options.js'

/** SER modules that we do not have, and the nearest way. */
const MISSING: Readonly<Record<string, string>> = {
  'cpl-c': 'write the logic in the routing script',
  jabber: 'gateway MESSAGE requests with a separate program',
  pa: 'run a presence server and forward SUBSCRIBE to it',
  ext: 'use exec_dset of the module exec',
  mangler: 'use the module nathelper',
  pdt: 'use prefix, strip and rewritehostport',
  auth_radius: 'use the module auth_db',
  group_radius: 'use the module group',
  uri_radius: 'use the module uri_db',
  auth_diameter: 'use the module auth_db',
  extcmd: 'use the module exec',
  vm: 'forward to a voicemail server',
  mediaproxy: 'use the module nathelper with an RTP proxy',
  avpops: 'use flags and exec_dset',
  dispatcher: 'use append_branch and failure routes',
  diversion: 'use append_hf of the module textops',
  speeddial: 'use exec_dset of the module exec',
  flatstore: 'use the module acc with a database',
  gflags: 'use modparam and flags',
}

/** The vocabulary for scripts that may load these modules. */
export function vocabularyOf(modules: readonly ModuleRecord[]): Vocabulary<Context> {
  return {
    options: OPTIONS,
    commands: COMMANDS,
    operands: OPERANDS,
    modules,
    missing: MISSING,
    beforeAction: (context) => {
      context.formerFault = context.fault
      context.fault = ScriptFault.NONE
    },
    log: (context, level, text) => context.log(level, text),
  }
}
