// Two runs of the same features, scenario by scenario: another verdict, and message by message what is missing, extra or
// changed. What any two correct systems may do otherwise (branches, tags, hop counts, server names) is no difference.

import { messageChanges } from '../../pcap/compare.js'
import { DEFAULT_POLICY, isLeftOut, readPolicy, type Policy } from '../../pcap/policy.js'
import { Renames } from '../../pcap/renames.js'
import { pairedArrows } from '../../report/ladder-pair.js'
import type { Arrow } from '../../report/messages.js'
import type { Exception, FeatureReport, ScenarioReport } from '../../report/types.js'
import type { MessageChange, MessageDifference, ScenarioDifference } from '../../report/differences.js'
import { Message, parseMessage } from '../../sip/message.js'

/** What systems may say otherwise besides: capabilities that they tell, and what a phone made of it in its own time. */
const POLICY = readPolicy(`${DEFAULT_POLICY}
Allow: ignore
Supported: ignore
Accept: ignore
Accept-Encoding: ignore
Accept-Language: ignore
Content-Type: ignore
Reason: present
Record-Route: present
Route: present
CSeq: text
`) as Policy

/** Every scenario of the first run with its twin of the second; one that the second run lacks has none. */
export function differencesBetween(
  one: readonly FeatureReport[],
  two: readonly FeatureReport[],
): ScenarioDifference[] {
  const twins = new Map(scenariosOf(two).map((scenario) => [keyOf(scenario), scenario]))
  return scenariosOf(one).map((first) => {
    const second = twins.get(keyOf(first))
    const isPlayed = first.status !== 'skipped' && second !== undefined && second.status !== 'skipped'
    return { first, second, messages: isPlayed ? messageDifferences(first, second) : [] }
  })
}

function scenariosOf(features: readonly FeatureReport[]): ScenarioReport[] {
  return features.flatMap(({ scenarios }) => scenarios)
}

function keyOf({ uri, line }: ScenarioReport): string {
  return `${uri}:${line}`
}

function messageDifferences(one: ScenarioReport, two: ScenarioReport): MessageDifference[] {
  if (one.ladder === undefined || two.ladder === undefined) return []
  const renames = new Renames()
  return pairedArrows(one.ladder, two.ladder).flatMap(({ one: first, two: second }): MessageDifference[] => {
    const arrow = (first ?? second)!
    const { from, to, label } = arrow
    if (isQuiet(arrow)) return []
    const kind = first === undefined ? 'extra' : second === undefined ? 'missing' : 'changed'
    const changes = first && second ? changesBetween(first, second, renames) : []
    // What a phone sends otherwise, it does because of what it got.
    if (kind === 'changed' && (changes.length === 0 || !one.proxies.includes(from))) return []
    const difference: MessageDifference = { kind, from, to, label, changes, first, second }
    return isExcepted(difference, one.alike?.except ?? []) ? [] : [difference]
  })
}

function isExcepted({ label, changes }: MessageDifference, except: readonly Exception[]): boolean {
  const of = except.filter(({ message }) => isMeant(label, message))
  const isAllowed = ({ what }: MessageChange): boolean =>
    of.some(({ header }) => header?.toLowerCase() === what.toLowerCase())
  return of.some(({ header }) => header === undefined) || (changes.length > 0 && changes.every(isAllowed))
}

/** "INVITE", "180", "2xx" of a label as in "180 Ringing (SDP)". */
function isMeant(label: string, message: string): boolean {
  const [first = ''] = label.split(' ')
  return first === message || (/^[1-6]xx$/.test(message) && /^\d{3}$/.test(first) && first[0] === message[0])
}

function isQuiet({ bytes }: Arrow): boolean {
  const message = parseMessage(bytes)
  return message instanceof Message && isLeftOut(POLICY, message)
}

function changesBetween(one: Arrow, two: Arrow, renames: Renames): MessageChange[] {
  const [first, second] = [parseMessage(one.bytes), parseMessage(two.bytes)]
  if (!(first instanceof Message) || !(second instanceof Message))
    return one.bytes === two.bytes ? [] : [{ what: 'text', text: 'cannot be read as SIP' }]
  renames.learn(first, second)
  return messageChanges(first, second, POLICY, renames).map(({ what, recorded, came }) => ({
    what,
    text: `${shown(recorded)} ≠ ${shown(came)}`,
  }))
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? '(absent)' : values.join(', ')
}
