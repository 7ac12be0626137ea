// Reading a routing script for a command: load, bind and a trial start of its modules, with every mistake in its place.

import { readFileSync } from 'node:fs'
import { ScriptError, ScriptErrors, UsageError, type Position } from '../errors.js'
import { readTextFile } from '../host/text-file.js'
import { loadScript, MODULES } from '../modules/index.js'
import type { Context } from '../proxy/context.js'
import { Engine, type EngineOptions } from '../proxy/engine.js'
import type { ProfileName } from '../proxy/profile.js'
import { Random } from '../random.js'
import type { Program, Warning } from '../script/bind.js'

/** Octets of a routing script; beyond it the file is something else. */
const SCRIPT_BYTES_MAX = 4 * 1024 * 1024
const WARNING_LEVEL = 1

export interface Checked {
  readonly file: string
  readonly text: string
  /** undefined: it has errors. */
  readonly program: Program<Context> | undefined
  readonly errors: readonly ScriptError[]
  readonly warnings: readonly Warning[]
}

/** Reads and checks a script. Throws a UsageError when there is no such file. `preload`: see Loading. */
export function checkScript(file: string, profile: ProfileName, preload = false): Checked {
  const text = readText(file, SCRIPT_BYTES_MAX)
  try {
    const program = loadScript(text, file, { preload })
    const { errors, warnings } = trialStart(program, profile)
    const checked = errors.length > 0 ? undefined : program
    return { file, text, program: checked, errors, warnings: [...program.warnings, ...warnings] }
  } catch (error) {
    if (!(error instanceof ScriptErrors)) throw error
    return { file, text, program: undefined, errors: error.errors, warnings: [] }
  }
}

/** The text of a file, one character an octet. Throws a UsageError that says why not. */
export function readText(file: string, bytesMax: number): string {
  let content: Buffer
  try {
    content = readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new UsageError(`there is no file ${file}.`)
    if (code === 'EISDIR') throw new UsageError(`${file} is a folder: name a file in it.`)
    throw new UsageError(`${file} cannot be read: ${message}`)
  }
  if (content.length > bytesMax) throw new UsageError(`${file} is larger than ${bytesMax} octets.`)
  return content.toString('latin1')
}

const TRIAL: Omit<EngineOptions, 'program' | 'profile' | 'random'> = {
  modules: MODULES,
  sockets: [{ transport: 'udp', address: '127.0.0.1', port: 5060 }],
  identity: { signature: 'check', pid: 1 },
  trace: false,
  readFile: readTextFile,
  now: 0,
  epochMs: 0,
}

/** Starts the modules one after the other, to know which line to blame. */
function trialStart(
  program: Program<Context>,
  profile: ProfileName,
): { errors: ScriptError[]; warnings: Warning[] } {
  const warnings: Warning[] = []
  for (let count = 0; count <= program.modules.length; count++) {
    const modules = program.modules.slice(0, count)
    const place = placeOfModule(program, modules.at(-1))
    try {
      const engine = new Engine({
        ...TRIAL,
        profile,
        program: { ...program, modules },
        random: new Random(1),
      })
      if (count === program.modules.length) warnings.push(...saidAtStart(engine, place))
    } catch (error) {
      // A file that the script names has places of its own.
      const known = error instanceof ScriptError ? error : new ScriptError(place, (error as Error).message)
      return { errors: [known], warnings }
    }
  }
  return { errors: [], warnings }
}

function placeOfModule({ script }: Program<Context>, file: string | undefined): Position {
  const line = script.modules.find(
    (candidate) =>
      candidate.kind === 'loadmodule' && candidate.path.replace(/^.*\//, '').replace(/\.so$/, '') === file,
  )
  return line?.place ?? { file: script.file, line: 1, column: 1 }
}

/** Warnings that modules log while they start. */
function saidAtStart(engine: Engine, position: Position): Warning[] {
  const warnings: Warning[] = []
  for (const output of engine.step({ type: 'wake' }, 0)) {
    if (output.type !== 'event' || output.event.kind !== 'log') continue
    const { level, text } = output.event
    if (level <= WARNING_LEVEL) warnings.push({ position, text: text.replace(/^WARNING: /, '') })
  }
  return warnings
}
