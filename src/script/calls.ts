// Binding of one command, module function or route(n): its arguments fixed, the checks of ser-language 4 made.

import { ScriptError } from '../errors.js'
import { commandArgument, functionArgument } from './arguments.js'
import type { CallGraphNode } from './call-graph.js'
import type { CommandRecord, FunctionRecord, RouteKind } from './contract.js'
import type { Names } from './names.js'
import { routeName, type Warning } from './program.js'
import { act, callRoute, type Action, type RouteSlot, type Step } from './run.js'
import type { Call } from './tree.js'

const BLOCK_NAMES: Readonly<Record<RouteKind, string>> = {
  request: 'route',
  failure: 'failure_route',
  onreply: 'onreply_route',
}
/** route[n] for n up to this. */
const ROUTE_NUMBER_MAX = 19

type Bound<C> = Pick<Action<C>, 'routes' | 'args' | 'call'>

export class CallBinder<C> {
  constructor(
    private readonly names: Names<C>,
    private readonly beforeAction: ((context: C) => void) | undefined,
    private readonly slot: (route: string) => RouteSlot<C>,
    private readonly warnings: Warning[],
  ) {}

  /** The step of a call in a route, a statement or part of a condition. Throws a ScriptError when it cannot be bound. */
  bind(call: Call, node: CallGraphNode, isStatement: boolean): Step<C> {
    if (call.name === 'route') return this.#route(call, node, isStatement)
    const command = this.names.command(call.name)
    const bound = command === undefined ? this.#function(call, node) : this.#command(call, command)
    const { place, text, name } = call
    return act({ ...bound, ...place, text, name, isStatement }, this.beforeAction)
  }

  #route(call: Call, node: CallGraphNode, isStatement: boolean): Step<C> {
    const { place, args, text } = call
    const [argument] = args
    if (argument?.kind !== 'number' || args.length !== 1)
      throw new ScriptError(place, 'bad arguments of route', 'write route(1)')
    const { value: number } = argument
    if (number < 0 || number > ROUTE_NUMBER_MAX)
      throw new ScriptError(
        argument.place,
        `invalid routing table number (${number})`,
        `route takes 0..${ROUTE_NUMBER_MAX}`,
      )
    const name = routeName('request', number)
    node.calls.add(name)
    if (!this.names.isRoute(name)) this.#warn(call, `${name} is not defined: calling it does nothing`)
    return callRoute(this.slot(name), isStatement ? { ...place, text } : undefined)
  }

  #command(call: Call, record: CommandRecord<C>): Bound<C> {
    const { args, bare, name, place } = call
    if (bare && !record.bare) throw withoutParentheses(call)
    const form = record.forms.find((kinds) => kinds.length === args.length)
    if (form === undefined) {
      const counts = record.forms.map((kinds) => kinds.length).join(' or ')
      throw new ScriptError(place, `bad arguments: ${name} takes ${counts}, not ${args.length}`, record.about)
    }
    return {
      routes: undefined,
      call: record.call,
      args: args.map((argument, at) => commandArgument(argument, form[at]!, name)),
    }
  }

  #function(call: Call, node: CallGraphNode): Bound<C> {
    const { name, place, args, bare } = call
    const record = this.names.function(call)
    if (bare) throw withoutParentheses(call)
    checkCount(call, record)
    if (!record.routes.includes(node.kind)) {
      const allowed = record.routes.map((kind) => BLOCK_NAMES[kind]).join(', ')
      const reason = `Command cannot be used in the block: ${name} cannot be used in ${BLOCK_NAMES[node.kind]}`
      throw new ScriptError(place, reason, `allowed in ${allowed}`)
    }
    node.functions.push({ name, place, routes: record.routes })
    const surroundings = {
      isDefined: (route: string) => this.names.isRoute(route),
      warn: ({ place }: Pick<Call, 'place'>, text: string) => this.#warn({ place }, text),
    }
    return {
      routes: record.routes,
      call: record.call,
      args: args.map((argument, at) => functionArgument(argument, record.args[at]!, name, surroundings)),
    }
  }

  #warn({ place }: Pick<Call, 'place'>, text: string): void {
    this.warnings.push({ position: place, text })
  }
}

function withoutParentheses({ name, place }: Call): ScriptError {
  return new ScriptError(place, "missing '(' or ')' ?", `write ${name}(...)`)
}

function checkCount<C>({ name, place, args }: Call, record: FunctionRecord<C>): void {
  const most = record.args.length
  const least = most - (record.optional ?? 0)
  if (args.length >= least && args.length <= most) return
  const wanted = least === most ? `${most}` : `${least} to ${most}`
  throw new ScriptError(place, `bad arguments: ${name} takes ${wanted}, not ${args.length}`, record.about)
}
