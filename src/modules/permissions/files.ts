// The rule files that a script names, in arguments of functions: they are read when the engine is built, not while it runs.

import type { Expression, Script, Statement } from '../../script/tree.js'

/** The arguments of each call of these functions, anywhere in the script. */
export function callsOf({ routes }: Script, names: readonly string[]): string[][] {
  const found: string[][] = []
  const inStatements = (statements: readonly Statement[]): void => statements.forEach(inStatement)
  const inStatement = (statement: Statement): void => {
    if (statement.kind === 'call' && names.includes(statement.name))
      found.push(statement.args.flatMap((value) => (value.kind === 'string' ? [value.text] : [])))
    if (statement.kind !== 'if') return
    inExpression(statement.condition)
    inStatements(statement.then)
    inStatements(statement.otherwise ?? [])
  }
  const inExpression = (expression: Expression): void => {
    if (expression.kind === 'and' || expression.kind === 'or') expression.parts.forEach(inExpression)
    else if (expression.kind === 'not') inExpression(expression.of)
    else if (expression.kind === 'run') inStatements(expression.body)
  }
  for (const { body } of routes) inStatements(body)
  return found
}

/** A bare name stands beside the script; a path is taken as it is (SER). */
export function pathOf(name: string, scriptFile: string): string {
  const slash = scriptFile.lastIndexOf('/')
  return name.includes('/') || slash < 0 ? name : scriptFile.slice(0, slash + 1) + name
}
