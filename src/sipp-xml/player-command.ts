// Orders for a running player, as plain data: from the keyboard, a signal, a step.

export type PlayerOrder =
  /** No more calls; those that go on are waited for. Told again: they are given up. */
  | { readonly kind: 'quit' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'rate'; readonly rate: number }

/** Reads an order; undefined when it is none. */
export function orderOf(command: unknown): PlayerOrder | undefined {
  const { kind, rate } = (command ?? {}) as { kind?: unknown; rate?: unknown }
  if (kind === 'quit' || kind === 'stop' || kind === 'pause') return { kind }
  return kind === 'rate' && typeof rate === 'number' && Number.isFinite(rate) ? { kind, rate } : undefined
}
