// The folder of one run: the scenario and its files, what SIPp writes, and a note of who started what, by which the next
// run finds and ends what a killed one left behind.

import {
  closeSync,
  copyFileSync,
  fstatSync,
  openSync,
  readSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { UsageError } from '../errors.js'

const PREFIX = 'sipwright-sipp-'
const NOTE = 'owner.json'

interface Note {
  readonly owner: number
  readonly ownerStart: string
  child?: number
  childStart?: string
}

/** Of a log that is kept with the result. */
const READ_BYTES_MAX = 64 * 1024 * 1024

export class RunFolder {
  readonly path: string
  readonly #taken = new Set<string>([NOTE])
  #note: Note = { owner: process.pid, ownerStart: startOf(process.pid) ?? '' }

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), PREFIX))
    this.#write()
  }

  /** Copies a file of the caller's into the folder; returns its name there. Throws a UsageError when there is none. */
  take(file: string, name = basename(file)): string {
    if (!existsSync(file)) throw new UsageError(`sipp: there is no file ${file}.`)
    const place = resolve(this.path, name)
    if (!place.startsWith(`${this.path}/`)) throw new UsageError(`sipp: ${name} leads out of its folder.`)
    mkdirSync(dirname(place), { recursive: true })
    copyFileSync(file, place)
    this.#taken.add(name)
    return name
  }

  /** Copies what was written here, and was not brought, to where each file is wanted. */
  leave(placeOf: (name: string) => string | undefined): void {
    for (const one of readdirSync(this.path, { withFileTypes: true })) {
      const place = one.isFile() && !this.#taken.has(one.name) ? placeOf(one.name) : undefined
      if (place !== undefined) copyFileSync(join(this.path, one.name), place)
    }
  }

  /** The first file whose name ends so; '' when there is none. */
  readEnding(ending: string): string {
    const name = readdirSync(this.path).find((one) => one.endsWith(ending))
    return name === undefined ? '' : this.read(name)
  }

  /** A file that SIPp has written, from its beginning; '' when there is none. */
  read(name: string): string {
    return this.readFrom(name, 0, READ_BYTES_MAX)
  }

  /** What stands in a file from an octet on; at most so many octets. */
  readFrom(name: string, at: number, most: number): string {
    let file: number
    try {
      file = openSync(join(this.path, name), 'r')
    } catch {
      // It is not written yet.
      return ''
    }
    try {
      const octets = Buffer.alloc(Math.max(0, Math.min(fstatSync(file).size - at, most)))
      return octets.toString('latin1', 0, readSync(file, octets, 0, octets.length, at))
    } finally {
      closeSync(file)
    }
  }

  /** Notes the process that was started, so that it can be found when we are gone. */
  started(pid: number): void {
    this.#note = { ...this.#note, child: pid, childStart: startOf(pid) ?? '' }
    this.#write()
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }

  #write(): void {
    mkdirSync(this.path, { recursive: true })
    writeFileSync(join(this.path, NOTE), JSON.stringify(this.#note))
  }
}

/** Ends the processes and removes the folders of runs whose owner is gone. Returns how many. */
export function sweepLocal(): number {
  let count = 0
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name)
    const note = noteIn(folder)
    if (note === undefined || isAlive(note.owner, note.ownerStart)) continue
    if (note.child !== undefined && isAlive(note.child, note.childStart)) process.kill(note.child, 'SIGKILL')
    for (const pid of processesIn(folder)) process.kill(pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    count++
  }
  return count
}

/** Processes that live in a folder: what was started just before its owner could note it. */
function processesIn(folder: string): number[] {
  if (!existsSync('/proc/self')) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && cwdOf(name) === folder)
    .map(Number)
}

function cwdOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    // It has ended, or is somebody else's.
    return undefined
  }
}

function noteIn(folder: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, NOTE), 'utf8')) as Note
  } catch {
    return undefined
  }
}

/** Is the process with this number the one that was meant? A number is given out again in time. */
export function isAlive(pid: number, start: string | undefined): boolean {
  const now = startOf(pid)
  return now !== undefined && (start === undefined || start === '' || now === start)
}

/** When a process began, in ticks since the machine did; without /proc an empty text while it runs. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    if (existsSync('/proc/self')) return undefined
  }
  try {
    process.kill(pid, 0)
    return ''
  } catch {
    return undefined
  }
}
