// What a command line of SIPp's plays, and against whom.

import { UsageError } from '../errors.js'
import type { Settings } from '../lab/sipp/settings.js'

export interface Subject {
  readonly file: string | undefined
  readonly embedded: string | undefined
  readonly host: string | undefined
}

/** A scenario file may stand without -sf, before the far end. */
export function subjectOf(settings: Settings, positionals: readonly string[]): Subject {
  const isFile = (text: string): boolean => /\.xml$/i.test(text)
  const named = settings.text('sf')
  const file = named ?? positionals.find(isFile)
  const hosts = positionals.filter((text) => named !== undefined || !isFile(text))
  if (hosts.length > 1) throw new UsageError(`sipp: one far end only, not ${hosts.join(' and ')}.`)
  if (file !== undefined && settings.has('sn'))
    throw new UsageError('sipp: either a scenario file or -sn, not both.')
  const embedded = file === undefined ? (settings.text('sn') ?? 'uac') : undefined
  return { file, embedded, host: hosts[0] }
}
