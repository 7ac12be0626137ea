// Around each scenario: the lab as the tags ask for it, the rules that watch it, and what it leaves for the reports.
//
// Tags: @real (loopback sockets, real time), @ser and @rfc3261 (the profile), @sipp-inproc, @sipp-local and @sipp-docker (who
// plays SIPp scenarios), @rule-off:<rule>:<reason-with-dashes>.

import { After, Before, BeforeStep, Status, type ITestCaseHookParameter } from '@cucumber/cucumber'
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { UsageError } from '../src/errors.js'
import { checkRun, RULES, rulesOffFor } from '../src/conformance/index.js'
import { attachedCapture } from '../src/lab/capture-save.js'
import { leave } from '../src/lab/collected.js'
import { Lab } from '../src/lab/lab.js'
import { onLoopback } from '../src/lab/systems/places.js'
import { systemOf, type SystemWords } from '../src/lab/systems/system.js'
import { missingFor, SIPP_BACKENDS, type SippBackend } from '../src/lab/sipp/play.js'
import type { RuleOff, Skip } from '../src/report/types.js'
import type { SipWorld } from './world.js'

type Pickle = ITestCaseHookParameter['pickle']

Before(async function (this: SipWorld, { pickle }) {
  const tags = pickle.tags.map(({ name }) => name)
  const { seed, profile, real } = this.parameters
  const isCompared = this.parameters.isCompared || pickle.steps.some(({ text }) => COMPARES.test(text))
  const sipp = sippFor(pickle, this.parameters.sipp)
  const words = systemSaid(pickle) ?? this.parameters.system
  const system = words && (await systemOf(words))
  const places =
    words === this.parameters.system ? (system?.places ?? (isCompared ? onLoopback : undefined)) : undefined
  this.open(
    new Lab({
      seed,
      sipp,
      real: real || sipp !== 'inproc' || system !== undefined || tags.includes('@real'),
      ...(system && { system }),
      ...(places && { places }),
      profile: tags.includes('@ser') ? 'ser' : tags.includes('@rfc3261') ? 'rfc3261' : profile,
      folders: [dirname(pickle.uri), process.cwd()],
      scriptName: (text) => `${pickle.uri}#${createHash('md5').update(text).digest('hex').slice(0, 6)}`,
    }),
  )
  this.skip = await skipFor(sipp)
  return this.skip && 'skipped'
})

/** Who plays the SIPp scenarios of this one: its tags say, or its steps, or whoever runs it. */
function sippFor({ tags, steps }: Pickle, wanted: SippBackend): SippBackend {
  const tagged = SIPP_BACKENDS.find((one) => tags.some(({ name }) => name === `@sipp-${one}`))
  if (tagged !== undefined) return tagged
  if (steps.some(({ text }) => text.startsWith('a SIPp container '))) return 'docker'
  return steps.some(({ text }) => text.includes('plays the SIPp scenario')) ? wanted : 'inproc'
}

/** The scenario itself says what it tries. */
function systemSaid({ steps }: Pickle): SystemWords | undefined {
  const [target] = steps.flatMap(({ text }) => SYSTEM_SAID.exec(text)?.[1] ?? [])
  return target === undefined ? undefined : { target }
}

const COMPARES = /^each scenario also runs against:$/
const SYSTEM_SAID = /^the system under test is at "([^"]+)"$/

/** Why this scenario cannot run here. Throws when what is missing is required. */
async function skipFor(sipp: SippBackend): Promise<Skip | undefined> {
  const skip = await missingFor(sipp)
  if (skip !== undefined && process.env.SIPWRIGHT_REQUIRE === 'all')
    throw new UsageError(`SIPWRIGHT_REQUIRE=all: ${skip.reason}. To have it: ${skip.command}`)
  return skip
}

BeforeStep(function (this: SipWorld, { pickleStep }) {
  this.step = pickleStep
  this.lab.driver.mark(pickleStep.text)
})

After(async function (this: SipWorld, { pickle, result, testCaseStartedId }) {
  const { lab } = this
  const rulesOff = [...rulesOffBy(pickle.tags.map(({ name }) => name)), ...rulesOffFor(lab.options.profile)]
  const passed = result?.status === Status.PASSED
  try {
    // What is under way belongs to a scenario that is compared.
    if (passed && lab.options.places !== undefined) await lab.settle()
    const end = lab.log.length
    if (passed) lab.driver.mark('the scenario has ended')
    const left = passed ? await lab.finish() : []
    const off = rulesOff.map(({ rule }) => rule)
    const findings = checkRun(lab.log, { proxies: [...lab.proxies.keys()], off })
    leave(testCaseStartedId, {
      log: lab.log.slice(0, passed ? end : undefined),
      parties: [...lab.declarations.map(({ name }) => name), ...lab.proxies.keys()],
      shapes: [...lab.proxies.values()].flatMap(({ shapes }) => shapes),
      seed: lab.options.seed,
      real: lab.options.real,
      notes: [
        ...lab.notes,
        ...this.passedOver.map((step) => `passed over: ${step}`),
        ...(lab.options.real ? ['ran on loopback sockets, in real time'] : []),
      ],
      findings,
      rulesOff,
      passedOver: this.passedOver,
      proxies: [...lab.proxies.keys()],
      ...(this.also.length > 0 && { also: this.also }),
      ...(this.alike && { alike: this.alike }),
      ...(this.skip && { skip: this.skip }),
    })
    if (!passed) this.attach(attachedCapture(lab.log), CAPTURE)
    const broken = [...left, ...findings.map(({ rule, clause, text }) => `rule ${rule} (${clause}): ${text}`)]
    if (passed && broken.length > 0) throw new Error(broken.join('\n'))
  } finally {
    await lab.close()
  }
})

/** How a failed scenario's packets are attached. */
const CAPTURE = { mediaType: 'application/vnd.tcpdump.pcap', fileName: 'packets.pcap' }

/** "@rule-off:branch-unique:the-script-forwards-statelessly" */
function rulesOffBy(tags: readonly string[]): RuleOff[] {
  return tags
    .filter((tag) => tag.startsWith('@rule-off:'))
    .map((tag) => {
      const [, rule = '', reason = ''] = tag.split(':')
      if (!RULES.some(({ id }) => id === rule))
        throw new Error(`${tag}: there is no rule ${rule}. Rules: ${RULES.map(({ id }) => id).join(', ')}`)
      return { rule, reason: reason.replace(/-/g, ' ') || 'no reason given' }
    })
}
