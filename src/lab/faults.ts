// Network faults that steps ask for: only the simulated network has them.

import type { LinkFaults, MessageFault } from '../sim/faults.js'
import type { Lab } from './lab.js'

/** Both messages of a race are held back alike, so that they are under way at the same time. */
export const NEVER_LOST = 20

/** From here on: what earlier Givens want done (a registration) is done before. */
export function linkFaults(lab: Lab, phone: string, faults: LinkFaults): void {
  const { faults: network } = lab.virtual('a fault of the network')
  lab.beforehand(async () => {
    for (const proxy of lab.proxies.keys()) network.link(phone, proxy, faults)
  })
}

export function fault(lab: Lab, wanted: MessageFault): void {
  lab.virtual('a fault of the network').faults.message(wanted)
}
