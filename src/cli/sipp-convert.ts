// `sipwright sipp --convert`: a scenario as a feature.

import type { Terminal } from './terminal.js'

export function convertFiles(_files: readonly string[], terminal: Terminal): number {
  terminal.err('')
  return 1
}
