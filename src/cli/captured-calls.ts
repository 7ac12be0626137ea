// The calls of a capture as a list for a person, or as JSON.

import { callsOf, legsOf, type Call } from '../pcap/calls.js'
import type { CapturedMessage } from '../pcap/message.js'
import { fitted, oneLine, readable } from '../report/printable.js'

/** One line a call, with what it lacks and its other legs below. */
export function callList(
  messages: readonly CapturedMessage[],
  { width, json }: { readonly width: number; readonly json: boolean },
): string {
  const calls = callsOf(messages)
  const legs = legsOf(calls)
  const legsBy = new Map<Call, typeof legs>()
  for (const leg of legs)
    for (const call of [leg.one, leg.other]) legsBy.set(call, [...(legsBy.get(call) ?? []), leg])
  if (json)
    return `${JSON.stringify(
      calls.map((call) => plain(call, legsBy.get(call) ?? [])),
      null,
      2,
    )}\n`
  return calls
    .map((call) => {
      const remarks = [
        ...(legsBy.get(call) ?? [])
          .filter(({ other }) => other === call)
          .map(({ one, because }) => `a leg of call ${one.number} (${because})`),
        ...call.missing.map((text) => `missing: ${text}`),
      ]
      return [lineOf(call), ...remarks.map((text) => `      ${text}`)]
        .map((line) => `${fitted(line, width)}\n`)
        .join('')
    })
    .join('')
}

function lineOf(call: Call): string {
  const { number, method, outcome, messages } = call
  const who = `${shown(call.from)} → ${shown(call.to)}`
  const seconds = ((call.endMs - call.startMs) / 1000).toFixed(1)
  const again = messages.filter(({ retransmission }) => retransmission).length
  const count = `${messages.length} messages${again > 0 ? ` (${again} retransmissions)` : ''}`
  return `${String(number).padStart(4)}  ${oneLine(method, 12).padEnd(9)} ${who}  ${shown(outcome)}, ${seconds} s, ${count}, ${shown(call.callId)}`
}

function shown(text: string): string {
  return oneLine(readable(text), 60)
}

function plain(call: Call, legs: ReturnType<typeof legsOf>): unknown {
  const { number, callId, method, from, to, startMs, endMs, parties, outcome, missing, messages } = call
  return {
    ...{ number, callId, method, from, to, startMs, endMs, parties, outcome, missing },
    messages: messages.length,
    retransmissions: messages.filter(({ retransmission }) => retransmission).length,
    legs: legs.map(({ one, other, because }) => ({ call: (one === call ? other : one).number, because })),
  }
}
