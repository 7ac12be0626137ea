// One route of a script run over one message, as if the message had come from the first phone.

import { UsageError } from '../errors.js'
import type { EngineCommand } from '../proxy/engine.js'
import type { Lab } from './lab.js'
import { parseAddress } from './lab.js'

const NOBODY = { address: '192.0.2.1', port: 5060 }

/** Runs `route` of the proxy over a raw request; lines may end in LF, the empty line may be missing. */
export function runRoute(lab: Lab, route: number, text: string): void {
  const [proxy] = lab.inside('a single route', lab.proxies).values()
  if (proxy === undefined) throw new UsageError('there is no proxy: say what script it runs first')
  const contact = lab.phones
    .values()
    .next()
    .value?.contact.replace(/^sips?:[^@]*@|;.*$/g, '')
  const bytes = text.replace(/\r?\n/g, '\r\n').replace(/(?:\r\n)*$/, text.includes('\n\n') ? '' : '\r\n\r\n')
  const remote = contact === undefined ? NOBODY : parseAddress(contact)
  const local = proxy.listens[0]!
  const command: EngineCommand = {
    verb: 'route',
    route,
    packet: { type: 'packet', transport: 'udp', local, remote, bytes },
  }
  lab.driver.give(proxy.name, { type: 'command', command })
}
