// What came of a row.

import type { Scene } from '../../conformance/cases/scene.js'
import type { LogEntry, WireEntry } from '../../driver.js'
import type { Address } from '../../endpoint.js'

export type CaseVerdict = 'pass' | 'fail' | 'not applicable' | 'not executable' | 'not run'

export interface CaseResult {
  readonly id: string
  readonly verdict: CaseVerdict
  /** Why it failed or was not played. */
  readonly text: string
  /** What was on the wire, of a failure. */
  readonly log: readonly LogEntry[]
}

/** The packets of a play, with its parties' names where the driver knows one endpoint. */
export function packetsOf(log: readonly LogEntry[], scene: Scene): WireEntry[] {
  const nameOf = ({ address, port }: Address): string => {
    for (const [party, place] of scene.places)
      if (place.address === address && (place.port === port || scene.server.address !== address)) return party
    return address === scene.server.address ? 'server' : `${address}:${port}`
  }
  const packets: WireEntry[] = []
  for (const entry of log)
    if (entry.kind === 'wire')
      packets.push({ ...entry, from: nameOf(entry.source), to: nameOf(entry.target) })
  return packets
}
