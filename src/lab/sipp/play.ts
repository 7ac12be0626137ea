// Whoever plays a SIPp scenario on the bench: a player in process, the sipp of this machine, or a container; and what is
// missing on this machine to do so.

import { spawnSync } from 'node:child_process'
import type { Skip } from '../../report/types.js'
import { dockerVersion, hasImage, IMAGE } from '../../sipp-wrapper/index.js'
import type { Lab } from '../lab.js'
import { keepAgent } from './agent.js'
import { playInProcess } from './in-process.js'
import { networkOf } from './network.js'
import { localOf, partOf, type PartAsked, type SippLoad, type SippRow } from './part.js'
import { playByProgram } from './program.js'

/** Who plays SIPp scenarios. */
export const SIPP_BACKENDS = ['inproc', 'local', 'docker'] as const
export type SippBackend = (typeof SIPP_BACKENDS)[number]

/** The phone leaves the network, and whoever plays the scenario takes its place, once the Givens are done. */
export function playSippScenario(
  lab: Lab,
  name: string,
  file: string,
  rows: readonly SippRow[] = [],
  load?: SippLoad,
): void {
  play(lab, { name, file, rows, load }, lab.options.sipp ?? 'inproc')
}

/** A container of its own at an address; `options` are SIPp's switches in one line. */
export function runSippContainer(lab: Lab, name: string, file: string, address: string, options = ''): void {
  lab.declarePhone({ name, address })
  play(lab, { name, file, rows: [['option', ...options.split(/\s+/)]] }, 'docker')
}

function play(lab: Lab, asked: PartAsked, by: SippBackend): void {
  const part = partOf(lab, asked, by !== 'inproc')
  const { name } = part
  if (by === 'docker') {
    // On the host's network a phone can be there first (and register); on a bridge it has no place.
    if (!localOf(part).address.startsWith('127.')) lab.vacate(name)
    lab.atStart(async () => void (await networkOf(lab)))
  }
  lab.beforehand(async () =>
    keepAgent(lab, name, by === 'inproc' ? await playInProcess(part) : await playByProgram(part, by)),
  )
}

const missing = new Map<SippBackend, Promise<Skip | undefined>>()

/** Why this machine cannot play so, and the command that would change it; looked for once. */
export function missingFor(backend: SippBackend): Promise<Skip | undefined> {
  let answer = missing.get(backend)
  if (answer === undefined) missing.set(backend, (answer = lookFor(backend)))
  return answer
}

async function lookFor(backend: SippBackend): Promise<Skip | undefined> {
  if (backend === 'local' && spawnSync('sipp', ['-v']).error !== undefined)
    return { reason: 'SIPp is not installed', command: 'apt-get install sip-tester' }
  if (backend !== 'docker') return undefined
  const engine = await dockerVersion()
  if (!('version' in engine))
    return { reason: 'no Docker engine answers', command: 'apt-get install docker.io && dockerd &' }
  if (await hasImage()) return undefined
  return { reason: `there is no image ${IMAGE}`, command: `docker build -t ${IMAGE} docker/sipp` }
}
