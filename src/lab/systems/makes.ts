// Makes of SIP servers that are started for a run: their command lines, with words in braces to be filled in.

import type { Listen } from '../../driver.js'
import { UsageError } from '../../errors.js'
import { programVersion } from '../../host/program-version.js'

/** How a make of server is started. */
export interface Make {
  /** {config} {folder} {address} {port}; {listens} and {aliases} stand for as many words as there are of them. */
  readonly command: readonly string[]
  readonly listen: (at: Listen) => readonly string[]
  /** A domain that it serves; undefined: its configuration says so, with {domain}. */
  readonly alias?: (domain: string) => readonly string[]
  readonly version: readonly [program: string, ...args: string[]]
}

export const MAKES: Readonly<Record<string, Make>> = {
  kamailio: {
    command: [
      ...['kamailio', '-f', '{config}', '-DD', '-E', '-m', '64', '-M', '8', '-Y', '{folder}'],
      ...['{listens}', '{aliases}'],
    ],
    listen: ({ transport, address, port }) => ['-l', `${transport}:${address}:${port}`],
    alias: (domain) => [`--alias=${domain}`],
    version: ['kamailio', '-v'],
  },
  opensips: {
    command: ['opensips', '-f', '{config}', '-F', '-E', '-m', '64', '-M', '8'],
    listen: () => [],
    version: ['opensips', '-V'],
  },
  ser: {
    command: ['ser', '-f', '{config}', '-D', '-E', '-l', '{address}', '-p', '{port}'],
    listen: () => [],
    version: ['ser', '-V'],
  },
}

/** What words in braces stand for: one word, or several. */
export type Words = Readonly<Record<string, string | readonly string[]>>

/** Fills in the words that are known; other braces stay (configurations are full of them). */
export function filled(text: string, words: Words): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const word = words[name]
    return word === undefined ? whole : typeof word === 'string' ? word : word.join(' ')
  })
}

/** A command line with its words filled in. */
export function commandLine(command: readonly string[], words: Words): string[] {
  return command.flatMap((word) => {
    const list = words[/^\{(\w+)\}$/.exec(word)?.[1] ?? '']
    return typeof list === 'object' ? list : [filled(word, words)]
  })
}

/** What the program of a make says of itself. Throws a UsageError when it is not here. */
export async function versionOf(make: string): Promise<string> {
  const { version: asked } = MAKES[make]!
  const said = await programVersion([asked])
  if (said !== undefined) return said.replace(/^version: /, '')
  throw new UsageError(
    `--target ${make}: the program ${asked[0]} is not here; "sipwright doctor" says how to get it.`,
  )
}
