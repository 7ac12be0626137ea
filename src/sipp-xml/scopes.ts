// Reading and writing a call's variables, wherever their scope keeps them.

import type { Call } from './call.js'
import { limited, type Value } from './values.js'
import type { World } from './world.js'

const USERS_MAX = 100_000

export function valueOf(world: World, call: Call, slot: number): Value {
  const { name, scope } = call.scenario.variables[slot]!
  if (scope === 'call') return call.values[slot]
  return scope === 'global' ? world.globals.get(name) : world.users.get(call.user)?.get(name)
}

export function setValue(world: World, call: Call, slot: number, given: Value): void {
  const value = typeof given === 'string' ? limited(given) : given
  const { name, scope } = call.scenario.variables[slot]!
  if (scope === 'call') call.values[slot] = value
  else if (scope === 'global') world.globals.set(name, value)
  else {
    let values = world.users.get(call.user)
    if (values === undefined && world.users.size < USERS_MAX)
      world.users.set(call.user, (values = new Map<string, Value>()))
    values?.set(name, value)
  }
}
