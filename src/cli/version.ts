// The version of this package, out of its own description, wherever the build put this file.

import { readFileSync } from 'node:fs'

export function version(): string {
  for (const up of ['../../../', '../../../../']) {
    try {
      const text = readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8')
      return (JSON.parse(text) as { version: string }).version
    } catch {
      // One folder further up.
    }
  }
  throw new Error('package.json is not where it should be')
}
