// Where this package stands, wherever the build put this file: its data (the conformance catalogue) travels with it.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of package.json. */
export function packageFolder(): string {
  for (const up of ['../../../', '../../../../']) {
    const folder = new URL(up, import.meta.url)
    if (existsSync(new URL('package.json', folder))) return fileURLToPath(folder)
  }
  throw new Error('package.json is not where it should be')
}
