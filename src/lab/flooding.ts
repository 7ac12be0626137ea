// Many requests of one phone at once.

import type { Lab } from './lab.js'

/** Orders the requests one after the other, without waiting for responses. */
export async function flood(
  lab: Lab,
  name: string,
  count: number,
  method: string,
  target: string,
): Promise<void> {
  for (let sent = 0; sent < count; sent++)
    await lab.order(name, { verb: 'request', method, target: lab.uriOf(target) })
}
