// `sipwright init`: a first feature and its script in the user's own repository, ready to run.

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UsageError } from '../errors.js'
import { parsed } from './arguments.js'
import { FEATURE, SCRIPT } from './scaffold.js'
import type { Terminal } from './terminal.js'

export const help = `sipwright init [FOLDER]

Writes features/calls.feature and features/scripts/proxy.cfg into FOLDER (default: here), and reports/ into its
.gitignore. Files that are there already are never changed: then nothing is written.

Example: sipwright init && npx sipwright run features
`

const FILES = { 'features/calls.feature': FEATURE, 'features/scripts/proxy.cfg': SCRIPT }
const IGNORED = 'reports/'

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals } = parsed('init', argv, { allowPositionals: true, options: {} })
  const [folder = '.', ...more] = positionals
  if (more.length > 0) throw new UsageError('init: name one folder, or none for this one.')
  const there = Object.keys(FILES).filter((file) => existsSync(join(folder, file)))
  if (there.length > 0)
    throw new UsageError(
      `init: ${there.join(' and ')} exist${there.length > 1 ? '' : 's'} already; nothing was written.`,
    )
  for (const [file, text] of Object.entries(FILES)) {
    write(join(folder, file), text)
    terminal.out(`wrote ${join(folder, file)}\n`)
  }
  if (ignoreReports(join(folder, '.gitignore')))
    terminal.out(`${join(folder, '.gitignore')}: added ${IGNORED}\n`)
  terminal.out(next(folder))
  return 0
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { flag: 'wx' })
  } catch (error) {
    throw new UsageError(`init: ${file} cannot be written: ${(error as Error).message}`)
  }
}

/** True when the line was added. */
function ignoreReports(file: string): boolean {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  if (text.split(/\r?\n/).includes(IGNORED)) return false
  appendFileSync(file, text === '' || text.endsWith('\n') ? `${IGNORED}\n` : `\n${IGNORED}\n`)
  return true
}

function next(folder: string): string {
  const hint = existsSync(join(folder, 'package.json'))
    ? '  put  "sip": "sipwright run features"  into the scripts of package.json, for: npm run sip\n'
    : '  npm init -y && npm install --save-dev sipwright    to have it in this repository\n'
  const enter = folder === '.' ? '' : `  cd ${folder}\n`
  return (
    `\nNext:\n${enter}  npx sipwright run features          runs the scenarios; reports/index.html shows them\n` +
    '  npx sipwright check features/scripts/proxy.cfg   after each change of the script\n' +
    `${hint}`
  )
}
