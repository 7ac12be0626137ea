// The signals of SER (the SER core).

/** Returns what takes the handlers away again. */
export function onSignals(end: (code: number) => void, statistics: () => void): () => void {
  const stop = (): void => end(0)
  const handlers = [
    ['SIGINT', stop],
    ['SIGTERM', stop],
    ['SIGUSR1', statistics],
    // As SER does.
    ['SIGHUP', () => undefined],
  ] as const
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}
