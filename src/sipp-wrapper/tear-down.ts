// What must not outlive this process. Ending by SIGINT or SIGTERM first ends what was started, then goes on as it would
// have; after a SIGKILL the next run's sweep does it.

const endings = new Set<() => Promise<unknown>>()
let listening = false

/** Registers an ending; the function returned takes it back. */
export function atTearDown(end: () => Promise<unknown>): () => void {
  if (!listening) {
    listening = true
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => void endBy(signal))
  }
  endings.add(end)
  return () => void endings.delete(end)
}

/** Ends everything that still runs. */
export async function tearDownAll(): Promise<void> {
  await Promise.allSettled([...endings].map((end) => end()))
}

async function endBy(signal: NodeJS.Signals): Promise<void> {
  const own = endings.size > 0
  await tearDownAll()
  // Others who listen end the process by themselves.
  if (own && process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}
