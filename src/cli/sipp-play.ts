// Plays a SIPp scenario on real sockets, until it ends by itself, by the keyboard or by a signal.

import type { Endpoint, Output } from '../endpoint.js'
import { UsageError } from '../errors.js'
import { HostDriver } from '../host/driver.js'
import { findFile, loadEmbedded, loadScenario } from '../lab/sipp/files.js'
import { findingText } from '../sipp-xml/findings.js'
import { Player } from '../sipp-xml/player.js'
import type { Scenario } from '../sipp-xml/program.js'
import { EXIT_BIND, EXIT_FAILED } from '../sipp-xml/verdict.js'
import type { OwnOptions } from './sipp.js'
import { SippLogs } from './sipp-logs.js'
import { subjectOf, type Subject } from './sipp-subject.js'
import type { SippArguments } from '../lab/sipp/options.js'
import { prepare } from './sipp-preparation.js'
import { Settings } from '../lab/sipp/settings.js'
import { SippShow } from './sipp-show.js'
import type { Terminal } from './terminal.js'

const NAME = 'sipp'

/** Plays; returns SIPp's exit code. Throws a UsageError. */
export async function playSipp(args: SippArguments, own: OwnOptions, terminal: Terminal): Promise<number> {
  const settings = new Settings(args.given)
  for (const warning of args.warnings) terminal.err(`warning: ${warning}\n`)
  const subject = subjectOf(settings, args.positionals)
  let scenario: Scenario
  try {
    scenario = loadSubject(subject, terminal)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    terminal.err(`sipwright sipp: ${error.message}\n`)
    return EXIT_FAILED
  }
  const sleepMs = settings.time('sleep', 1000) ?? 0
  if (sleepMs > 0) await new Promise((resolve) => setTimeout(resolve, sleepMs))
  return playOn({ scenario, subject, settings, own, terminal })
}

function loadSubject({ file, embedded }: Subject, terminal: Terminal): Scenario {
  if (file === undefined) return loadEmbedded(embedded!)
  const { scenario, warnings } = loadScenario(findFile(file, [process.cwd()], 'the scenario'))
  for (const warning of warnings) terminal.err(`${findingText(file, warning)}\n`)
  return scenario
}

interface Playing {
  readonly scenario: Scenario
  readonly subject: Subject
  readonly settings: Settings
  readonly own: OwnOptions
  readonly terminal: Terminal
}

async function playOn(playing: Playing): Promise<number> {
  const { scenario, settings, own, terminal } = playing
  const logs = new SippLogs(settings, scenario.file, own.log)
  const isQuiet = settings.has('bg')
  const show = new SippShow(terminal, logs, settings, isQuiet)
  const driver = new HostDriver({
    record: 'none',
    ...(logs.wantsWires && { listen: { wire: (entry) => logs.wire(entry) } }),
    heard: (_endpoint, { event }) => {
      const text = logs.event(event)
      if (text !== undefined) show.remark(text)
    },
  })
  try {
    const { file, host } = playing.subject
    const { allowExec: allowsExec, seed } = own
    const options = await prepare({ name: NAME, scenario, file, host, settings, allowsExec, seed }, driver)
    const player = new Player(options)
    const remote = options.remote === undefined ? '' : `${options.remote.host}:${options.remote.port}`
    const [local] = options.locals
    await played(player, {
      driver,
      show,
      logs,
      own,
      place: { remote, local: `${local!.address}:${local!.port}` },
    })
    show.result(player, own.json)
    if (player.fatal !== undefined) terminal.err(`sipwright sipp: ${player.fatal}\n`)
    return player.exitCode
  } catch (error) {
    if (!(error instanceof UsageError) || !error.message.includes('in use')) throw error
    terminal.err(`sipwright sipp: ${error.message}\n`)
    return EXIT_BIND
  } finally {
    await driver.close()
    logs.close()
  }
}

interface Run {
  readonly driver: HostDriver
  readonly show: SippShow
  readonly logs: SippLogs
  readonly own: OwnOptions
  readonly place: { readonly remote: string; readonly local: string }
}

/** Lets the player run to its end. */
async function played(player: Player, { driver, show, place }: Run): Promise<void> {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  const watched: Endpoint = {
    get deadline() {
      return player.deadline
    },
    step: (input, now): Output[] => {
      const outputs = player.step(input, now)
      if (player.ended) end()
      return outputs
    },
  }
  driver.run(NAME, watched)
  const stop = show.start(player, place, (command) => driver.give(NAME, { type: 'command', command }))
  try {
    await ended
    // What the last step sent leaves with the end of its batch.
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    stop()
  }
}
