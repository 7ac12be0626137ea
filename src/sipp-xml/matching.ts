// Does a <recv> take this message?

import type { Call } from './call.js'
import type { RecvCommand } from './program.js'
import type { Received } from './received.js'

/**
 * A request by its method; a response by its code, and by its transaction when the command names one, else by the
 * method of its CSeq, which must stand among the methods sent before (the first command takes any).
 */
export function matches(command: RecvCommand, call: Call, message: Received): boolean {
  const { request, response, pattern } = command
  if (request !== undefined) {
    if (message.isResponse) return false
    return pattern === undefined ? message.method === request : pattern.test(message.method ?? '')
  }
  if (response === undefined || message.code === 0) return false
  const fits = pattern === undefined ? Number(response) === message.code : pattern.test(String(message.code))
  if (!fits) return false
  if (command.responseTxn !== undefined) {
    const { branch } = call.transactions[command.responseTxn]!
    return branch !== undefined && branch === message.branch
  }
  const { method } = message.cseq
  return command.index === 0 || (command.methods !== '' && command.methods.includes(method))
}
