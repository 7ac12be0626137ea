// Servers that are user agents: phones (src/agent), which a play can tell to send requests of their own.

import type { Order } from '../../conformance/cases/case.js'
import type { CasePlayer } from '../../conformance/cases/player.js'
import type { Behaviour } from '../../agent/behaviour.js'
import type { PhoneCommand } from '../../agent/command.js'
import { Phone } from '../../agent/phone.js'
import type { Driver } from '../../driver.js'
import type { Address, Endpoint, Milliseconds } from '../../endpoint.js'
import { Random } from '../../random.js'
import { DOMAIN } from './engine.js'

/** A role's JSON: how the phone behaves, and its password. */
type PhoneRole = Partial<Behaviour> & { readonly about?: string; readonly password?: string }

/** A phone that listens where the server shall be. */
export function phoneFor(json: string, server: Address, seed: number): Endpoint {
  const { about: _about, password, ...behaviour } = JSON.parse(json) as PhoneRole
  return new Phone({
    name: 'server',
    aor: `sip:phone@${DOMAIN}`,
    contact: { ...server, transport: 'udp' },
    random: new Random(seed),
    behaviour,
    ...(password === undefined ? {} : { password }),
  })
}

/** Drives until the play has its verdict, and hands its orders to the server. */
export async function played(
  player: CasePlayer,
  driver: Driver,
  server: string,
  limitMs: Milliseconds,
): Promise<void> {
  const until = driver.now + limitMs
  for (let goesOn = true; goesOn && player.verdict === undefined;) {
    goesOn = await driver.runUntil(() => player.verdict !== undefined || player.hasOrders, until - driver.now)
    for (const order of player.takeOrders())
      try {
        driver.give(server, { type: 'command', command: commandOf(order) })
      } catch (error) {
        player.fail(`the server does not do it: ${error instanceof Error ? error.message : String(error)}`)
      }
  }
}

/** Route headers are the route set that the request begins with. */
function commandOf({ method, uri, headers }: Order): PhoneCommand {
  if (uri === undefined) {
    if (method === 'BYE') return { verb: 'hangup', headers }
    return method === 'INVITE'
      ? { verb: 'reinvite', headers }
      : { verb: 'request', method, within: true, headers }
  }
  const isRoute = ([name]: readonly [string, string]): boolean => name.toLowerCase() === 'route'
  const wishes = {
    target: uri,
    headers: headers.filter((header) => !isRoute(header)),
    routes: headers.filter(isRoute).map(([, value]) => value),
  }
  return method === 'INVITE'
    ? { verb: 'call', body: null, ...wishes }
    : { verb: 'request', method, ...wishes }
}
