// The modules of this engine, in the order of the reference. Adding a module is one line here.

import type { Context } from '../proxy/context.js'
import type { ModuleRecord } from '../proxy/module.js'
import { vocabularyOf } from '../proxy/vocabulary.js'
import { bindScript, type Program } from '../script/bind.js'
import { parseScript } from '../script/parser.js'
import { maxfwd } from './maxfwd.js'
import { registrar } from './registrar.js'
import { rr } from './rr.js'
import { sl } from './sl.js'
import { textops } from './textops.js'
import { tm } from './tm/index.js'
import { usrloc } from './usrloc.js'

export const MODULES = [sl, tm, rr, maxfwd, usrloc, registrar, textops] as unknown as readonly ModuleRecord[]

/** Reads and binds a routing script against all modules. Throws ScriptErrors with every mistake. */
export function loadScript(text: string, file: string): Program<Context> {
  return bindScript(parseScript(text, file), vocabularyOf(MODULES))
}
