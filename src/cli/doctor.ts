// `sipwright doctor`: what is installed, what each missing part would enable, and the command that provides it.

import { networkInterfaces } from 'node:os'
import { paint } from '../report/paint.js'
import { fitted } from '../report/printable.js'
import { parsed } from './arguments.js'
import { PARTS, type Part } from './parts.js'
import { programVersion } from '../host/program-version.js'
import type { Terminal } from './terminal.js'
import { version } from './version.js'

export const help = `sipwright doctor

Lists what this machine offers and what each missing part would enable. Nothing of it is needed for scenarios on the
embedded engine. Always exit code 0.

  --json    the table as JSON

Example: sipwright doctor
`

export interface Finding extends Omit<Part, 'ask'> {
  /** What the part says of itself, its version mostly; undefined: missing. */
  readonly found: string | undefined
}

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parsed('doctor', argv, { options: { json: { type: 'boolean' } } })
  const findings = await examine()
  const addresses = ownAddresses()
  if (values.json)
    terminal.out(JSON.stringify({ version: version(), parts: findings, addresses }, undefined, 2) + '\n')
  else terminal.out(table(findings, terminal) + `\nAddresses to listen at: ${addresses.join(' ')}\n`)
  return 0
}

async function examine(): Promise<Finding[]> {
  return Promise.all(
    PARTS.map(async ({ ask, ...part }): Promise<Finding> => {
      const found = typeof ask === 'function' ? ask() : await programVersion(ask)
      return { ...part, found }
    }),
  )
}

function table(findings: readonly Finding[], terminal: Terminal): string {
  const { green, yellow, dim } = paint(terminal.isTerminal)
  const room = Math.max(30, terminal.width - 18)
  const lines = findings.map(({ name, found, enables, install }) =>
    found === undefined
      ? `${name.padEnd(12)} ${yellow('no ')} would enable ${enables}\n${' '.repeat(17)}${dim(`get it: ${install}`)}\n`
      : `${name.padEnd(12)} ${green('yes')} ${fitted(found, room)}\n`,
  )
  return lines.join('')
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => address),
  )
}
