// A command of another player, for a call: it is waited for by a recvCmd, or the call is rejected.

import { perform } from './actions.js'
import { goOn, keepBooks, run } from './advance.js'
import type { Call } from './call.js'
import { abort, fail } from './ending.js'
import { commandSender, internalCommand } from './twin.js'
import type { World } from './world.js'

/** Gives a command to its call; the call runs on as far as that leads. */
export function deliverCommand(world: World, call: Call, text: string): void {
  if (internalCommand(text) === 'abort_call') return abort(world, call, 'FailedCallRejected')
  const { commands } = call.scenario
  for (let index = call.index; index < commands.length; index++) {
    const command = commands[index]!
    if (command.kind !== 'recvCmd') {
      const mayPass = command.kind === 'nop' || (command.kind === 'recv' && command.optional !== 'no')
      if (mayPass) continue
      break
    }
    if (world.options.twin?.extended !== undefined && commandSender(text) !== command.src) {
      world.say('warning', `Unexpected sender for the received peer message\n${text}\n`)
      return fail(world, call, 'FailedCallRejected')
    }
    call.statistics.commands[index]!.received++
    keepBooks(world, call, command)
    const result = perform(command.actions, world, call, text.replace(/(?:\r\n)+$/, ''))
    if (call.over) return
    if (result === 'stop-call') return fail(world, call, 'FailedCallRejected')
    if (result !== undefined) call.failedCheck = result
    call.index = index
    goOn(world, call)
    return run(world, call)
  }
  world.say('message', `Unexpected control message received:\n${text}\n`)
  fail(world, call, 'FailedCallRejected')
}
