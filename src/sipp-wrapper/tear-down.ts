// What must not outlive this process. Ending by SIGINT, SIGTERM or SIGHUP first ends what was started, and what is being
// started; then the process ends as it would have. After a SIGKILL the next run's sweep does it.

import { UsageError } from '../errors.js'

/** Programs and containers first, then the networks that they are on. */
const LAYERS = ['programs', 'networks'] as const
export type Layer = (typeof LAYERS)[number]

const endings: Record<Layer, Set<() => Promise<unknown>>> = { programs: new Set(), networks: new Set() }
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
let isListening = false
let isEnding = false

/** Registers an ending; the function returned takes it back. Throws a UsageError when everything is being ended. */
export function atTearDown(end: () => Promise<unknown>, layer: Layer = 'programs'): () => void {
  if (isEnding) throw new UsageError('interrupted: nothing new is started.')
  if (!isListening) {
    isListening = true
    for (const signal of SIGNALS) process.once(signal, () => void endBy(signal))
  }
  endings[layer].add(end)
  return () => void endings[layer].delete(end)
}

/** Ends everything that still runs. */
export async function tearDownAll(): Promise<void> {
  for (const layer of LAYERS) await Promise.allSettled([...endings[layer]].map((end) => end()))
}

async function endBy(signal: NodeJS.Signals): Promise<void> {
  isEnding = true
  await tearDownAll()
  // Others who listen end the process by themselves.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}
