// Where a script will listen on this machine, and the lines that say where it does.

import { ScriptErrors, UsageError, type ScriptError } from '../errors.js'
import { listenSockets, type ListenSocket } from '../proxy/listens.js'
import { placeText } from './complaints.js'
import { entriesOf } from './entries.js'
import type { Proxy, ProxyOptions } from './proxy.js'
import { surroundingsOf } from './surroundings.js'

/** Names and interfaces are looked up here, once. Throws a UsageError. */
export async function socketsOf({ assignments }: ProxyOptions['program']): Promise<ListenSocket[]> {
  try {
    const sockets = listenSockets(assignments, await surroundingsOf(assignments))
    if (sockets.length > 0) return sockets
  } catch (error) {
    if (error instanceof ScriptErrors) throw new UsageError(error.errors.map(listenMistake).join('\n'))
    throw error
  }
  throw new UsageError('there is nothing to listen at: name an address with -l, or take disable_tcp out.')
}

/** A place in the script, or the switch it came from. */
function listenMistake({ position, reason, hint }: ScriptError): string {
  const place = position.file.startsWith('-') ? position.file : placeText(position)
  return `${place}: ${reason} (${hint})`
}

/** The lines that SER prints when it starts. */
export function greeting(
  proxy: Proxy,
  { program, sockets }: Pick<ProxyOptions, 'program' | 'sockets'>,
): string {
  const hosts = sockets.flatMap(({ name, transports }) => transports.map(() => name))
  const listening = proxy.bound.map(
    ({ transport, address, port }, index) =>
      `             ${transport}: ${hosts[index]} [${address}]:${port}\n`,
  )
  const names = [...proxy.aliases, ...entriesOf(program.options.get('alias'))]
  const aliases = new Set(names.map(({ host, port }) => `${host}:${port ?? '*'}`))
  return `Listening on\n${listening.join('')}Aliases: ${[...aliases].join(' ')}\n`
}
