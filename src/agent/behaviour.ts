// The behaviour of a phone that was told nothing: a correct one (RFC 3261), which rings and waits for orders.

import type { Behaviour, OrderOf } from './command.js'

export const DEFAULT_BEHAVIOUR: Behaviour = {
  incoming: { kind: 'ring' },
  silent: false,
  retransmits: true,
  trying: false,
  acknowledges: true,
  endsExtraForks: true,
  followsRedirects: false,
  authenticates: true,
  replies: true,
  statuses: {},
  supported: [],
}

/** The behaviour with the ordered changes. */
export function changed(behaviour: Behaviour, { verb: _, ...changes }: OrderOf<'behave'>): Behaviour {
  return { ...behaviour, ...changes }
}
