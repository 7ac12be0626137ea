// A script's tree as text, a node a line with its place: what the golden files hold.

import type { Position } from '../../errors.js'
import type { Expression, Script, Statement, Value } from '../tree.js'

/** The whole script. */
export function outline({ assignments, modules, routes }: Script): string {
  const lines = [
    ...assignments.map(({ place, name, values }) => `${at(place)} ${name} = ${values.map(value).join(' ')}`),
    ...modules.map((line) =>
      line.kind === 'loadmodule'
        ? `${at(line.place)} loadmodule ${JSON.stringify(line.path)}`
        : `${at(line.place)} modparam ${JSON.stringify([line.module, line.name, line.value])}`,
    ),
    ...routes.flatMap(({ place, kind, number, body }) => [
      `${at(place)} ${kind} route ${number}`,
      ...indented(body.flatMap(statement)),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

function at({ line, column }: Position): string {
  return `${line}:${column}`
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

function statement(node: Statement): string[] {
  if (node.kind === 'empty') return ['nothing']
  if (node.kind === 'call') {
    const args = node.bare ? '' : `(${node.args.map(value).join(', ')})`
    return [`${at(node.place)} ${node.name}${args}   <${node.text}>`]
  }
  const { place, text, condition, then, otherwise } = node
  return [
    `${at(place)} if   <${text}>`,
    ...indented(expression(condition)),
    '  then',
    ...indented(indented(then.flatMap(statement))),
    ...(otherwise === undefined ? [] : ['  else', ...indented(indented(otherwise.flatMap(statement)))]),
  ]
}

function expression(node: Expression): string[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return [node.kind, ...indented(node.parts.flatMap(expression))]
    case 'not':
      return ['not', ...indented(expression(node.of))]
    case 'number':
      return [String(node.value)]
    case 'run':
      return ['run', ...indented(node.body.flatMap(statement))]
    case 'compare': {
      const mask = node.mask === undefined ? '' : ` mask ${node.mask}`
      return [`${at(node.place)} ${node.operand} ${node.operator} ${value(node.right)}${mask}`]
    }
  }
}

function value(node: Value): string {
  switch (node.kind) {
    case 'string':
      return JSON.stringify(node.text)
    case 'number':
      return String(node.value)
    case 'host':
    case 'ip': {
      const proto = node.proto === undefined ? '' : ` over ${node.proto}`
      const port = node.port === undefined ? '' : ` port ${node.port}`
      return `[${node.kind} ${node.text}${port}${proto}]`
    }
    default:
      return node.kind
  }
}
