// Binding: every name of a script is resolved once, at load, against the vocabulary; behind it there are only steps.
// The mistakes found here are the product: file:line:column, SER's wording, and what to do (ser-language 4).

import { ScriptErrors } from '../errors.js'
import { Binder } from './binder.js'
import type { Vocabulary } from './contract.js'
import { LoadedModules } from './loaded-modules.js'
import { Names } from './names.js'
import { bindOptions, optionMap, type Findings } from './options.js'
import { byPlace } from './parser.js'
import { routeName, type Program } from './program.js'
import { runRoute, type RouteSlot, type Run } from './run.js'
import type { Script } from './tree.js'

export { routeName, type HostEntry, type LineShape, type OptionValue } from './program.js'
export type { Program, Warning } from './program.js'

/** Resolves every name of the script. Throws ScriptErrors with all mistakes found. */
export function bindScript<C>(script: Script, vocabulary: Vocabulary<C>): Program<C> {
  const findings: Findings = { errors: [], warnings: [] }
  const { errors, warnings } = findings
  const assignments = bindOptions(script.assignments, vocabulary.options, findings)
  const loaded = new LoadedModules(vocabulary, errors)
  for (const line of script.modules) loaded.line(line)
  const names = new Names(vocabulary, loaded.functions(), script.routes)
  const binder = new Binder(names, findings, vocabulary.beforeAction)
  const table = binder.routes(script.routes)
  if (errors.length > 0) throw new ScriptErrors(errors.sort(byPlace))
  if (!table.has('route')) {
    const position = { file: script.file, line: 1, column: 1 }
    warnings.push({ position, text: 'there is no route block: every request is dropped' })
  }
  const { lines, arms } = binder
  const { params, files: modules } = loaded
  return {
    ...{ script, assignments, modules, params, warnings, lines, arms },
    options: optionMap(assignments, vocabulary.options),
    routes: [...table.keys()],
    run: runner(table, vocabulary.log),
  }
}

function runner<C>(table: ReadonlyMap<string, RouteSlot<C>>, log: Vocabulary<C>['log']): Program<C>['run'] {
  const main = table.get('route')?.body
  return (kind, number, context, observer) => {
    const run: Run<C> = { context, kind, observer, log, depth: 0, lists: 0 }
    if (observer === undefined && main !== undefined && kind === 'request' && number === 0) return main(run)
    const name = routeName(kind, number)
    return runRoute(run, table.get(name) ?? { name, body: undefined })
  }
}
