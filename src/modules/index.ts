// The modules of this engine, in the order of the reference. Adding a module is one line here.

import type { Context } from '../proxy/context.js'
import type { ModuleRecord } from '../proxy/module.js'
import { vocabularyOf } from '../proxy/vocabulary.js'
import { bindScript, type Program } from '../script/bind.js'
import { parseScript } from '../script/parser.js'
import { acc } from './acc.js'
import { auth } from './auth.js'
import { authDb } from './auth_db.js'
import { DRIVERS } from './database-drivers.js'
import { domain } from './domain.js'
import { enumModule } from './enum.js'
import { exec } from './exec.js'
import { group } from './group.js'
import { maxfwd } from './maxfwd.js'
import { msilo } from './msilo.js'
import { nathelper } from './nathelper.js'
import { options } from './options.js'
import { overload } from './overload.js'
import { path } from './path.js'
import { permissions } from './permissions.js'
import { pike } from './pike.js'
import { print } from './print.js'
import { registrar } from './registrar.js'
import { rr } from './rr.js'
import { sl } from './sl.js'
import { sms } from './sms.js'
import { textops } from './textops.js'
import { tm } from './tm/index.js'
import { uri, uriDb } from './uri.js'
import { uacRedirect } from './uac_redirect.js'
import { usrloc } from './usrloc.js'
import { xlog } from './xlog.js'

export const MODULES = [
  sl,
  overload,
  tm,
  rr,
  maxfwd,
  usrloc,
  registrar,
  auth,
  authDb,
  group,
  uri,
  uriDb,
  domain,
  permissions,
  textops,
  uacRedirect,
  acc,
  exec,
  xlog,
  print,
  options,
  pike,
  nathelper,
  enumModule,
  msilo,
  sms,
  path,
  ...DRIVERS,
] as unknown as readonly ModuleRecord[]

/** A module parameter set from outside the script. */
export interface ParameterSetting {
  readonly module: string
  readonly name: string
  readonly value: number | string
}

/** How a script is loaded besides its own lines. */
export interface Loading {
  /** A script without any loadmodule line gets all modules (scripts in features need not name them). */
  readonly preload?: boolean
  readonly params?: readonly ParameterSetting[]
}

/** Reads and binds a routing script against all modules. Throws ScriptErrors with every mistake. */
export function loadScript(
  text: string,
  file: string,
  { preload = false, params = [] }: Loading = {},
): Program<Context> {
  const script = parseScript(text, file)
  const place = { file, line: 1, column: 1 }
  const bare = !script.modules.some(({ kind }) => kind === 'loadmodule')
  const all =
    preload && bare
      ? MODULES.map((module) => ({ kind: 'loadmodule' as const, place, path: module.file }))
      : []
  const settings = params.map((setting) => ({ kind: 'modparam' as const, place, ...setting }))
  const modules = [...all, ...script.modules, ...settings]
  return bindScript({ ...script, modules }, vocabularyOf(MODULES))
}
