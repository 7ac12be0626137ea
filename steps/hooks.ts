// Around each scenario: the lab as the tags ask for it, the rules that watch it, and what it leaves for the reports.
//
// Tags: @real (loopback sockets, real time), @ser and @rfc3261 (the profile), @rule-off:<rule>:<reason-with-dashes>.

import { After, Before, BeforeStep, Status } from '@cucumber/cucumber'
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { checkRun, RULES, rulesOffFor } from '../src/conformance/index.js'
import { attachedCapture } from '../src/lab/capture-save.js'
import { leave } from '../src/lab/collected.js'
import { Lab } from '../src/lab/lab.js'
import type { RuleOff } from '../src/report/types.js'
import type { SipWorld } from './world.js'

Before(function (this: SipWorld, { pickle }) {
  const tags = pickle.tags.map(({ name }) => name)
  const { seed, profile, real } = this.parameters
  this.open(
    new Lab({
      seed,
      real: real || tags.includes('@real'),
      profile: tags.includes('@ser') ? 'ser' : tags.includes('@rfc3261') ? 'rfc3261' : profile,
      folders: [dirname(pickle.uri), process.cwd()],
      scriptName: (text) => `${pickle.uri}#${createHash('md5').update(text).digest('hex').slice(0, 6)}`,
    }),
  )
})

BeforeStep(function (this: SipWorld, { pickleStep }) {
  this.lab.driver.mark(pickleStep.text)
})

After(async function (this: SipWorld, { pickle, result, testCaseStartedId }) {
  const { lab } = this
  const rulesOff = [...rulesOffBy(pickle.tags.map(({ name }) => name)), ...rulesOffFor(lab.options.profile)]
  const passed = result?.status === Status.PASSED
  try {
    const end = lab.log.length
    if (passed) lab.driver.mark('the scenario has ended')
    const left = passed ? await lab.finish() : []
    const off = rulesOff.map(({ rule }) => rule)
    const findings = checkRun(lab.log, { proxies: [...lab.proxies.keys()], off })
    leave(testCaseStartedId, {
      log: lab.log.slice(0, passed ? end : undefined),
      parties: [...lab.phones.keys(), ...lab.proxies.keys()],
      shapes: [...lab.proxies.values()].flatMap(({ shapes }) => shapes),
      seed: lab.options.seed,
      real: lab.options.real,
      notes: lab.options.real ? [...lab.notes, 'ran on loopback sockets, in real time'] : lab.notes,
      findings,
      rulesOff,
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
