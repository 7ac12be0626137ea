// All calls of commands and functions that stand in a script, in conditions too: what modules ask who must know before
// the first message which tables or groups a script names.

import type { Call, Expression, Script, Statement } from './tree.js'

/** In the order of the text. */
export function callsOf({ routes }: Script): Call[] {
  const found: Call[] = []
  for (const { body } of routes) collect(body, found)
  return found
}

function collect(body: readonly Statement[], found: Call[]): void {
  for (const statement of body)
    if (statement.kind === 'call') found.push(statement)
    else if (statement.kind === 'if') {
      collectFrom(statement.condition, found)
      collect(statement.then, found)
      collect(statement.otherwise ?? [], found)
    }
}

function collectFrom(condition: Expression, found: Call[]): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const part of condition.parts) collectFrom(part, found)
      return
    case 'not':
      return collectFrom(condition.of, found)
    case 'run':
      return collect(condition.body, found)
  }
}
