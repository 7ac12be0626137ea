// The always-on rules: every run is watched by them, simulated or real. Each reads packets only, and names its clause.

import type { Profile } from './index.js'
import { branchUnique, contentLength, maxForwards, responseTarget, viaStack } from './forwarding.js'
import type { Seen } from './seen.js'
import {
  ackNon2xx,
  cancelAfterProvisional,
  cseqMethod,
  cseqOrder,
  oneFinal,
  responseCopies,
  tryingOnce,
} from './transactions.js'

/** Reports a packet that breaks the rule. */
export type Report = (packet: Seen, text: string) => void
export type Check = (seen: readonly Seen[], report: Report) => void

export interface Rule {
  readonly id: string
  readonly clause: string
  readonly about: string
  /** Gets the packets of one call at a time. */
  readonly check: Check
  /** Gets the packets of the whole run at once. */
  readonly wholeRun?: true
  /** The profile `ser` breaks it on purpose: why (one of the deviations). */
  readonly brokenBySer?: string
}

export const RULES: readonly Rule[] = [
  {
    id: 'via-stack',
    clause: 'RFC 3261 §16.6-8, §16.7-3',
    about: 'requests gain one Via at a proxy, responses lose it',
    check: viaStack,
    brokenBySer: "SER forwards the caller's CANCEL in the branch of the INVITE",
  },
  {
    id: 'branch-unique',
    clause: 'RFC 3261 §8.1.1.7, §16.6-8',
    about: 'each transaction has a branch of its own',
    check: branchUnique,
    wholeRun: true,
    brokenBySer: 'SER writes branch=0 when it forwards statelessly',
  },
  {
    id: 'max-forwards',
    clause: 'RFC 3261 §16.6-3',
    about: 'Max-Forwards falls at each proxy',
    check: maxForwards,
    brokenBySer: 'SER leaves Max-Forwards to the script',
  },
  {
    id: 'response-target',
    clause: 'RFC 3261 §18.2.2',
    about: 'responses go where the Via says',
    check: responseTarget,
  },
  {
    id: 'content-length',
    clause: 'RFC 3261 §18.3',
    about: 'streams carry a true Content-Length',
    check: contentLength,
  },
  { id: 'one-final', clause: 'RFC 3261 §16.7-5', about: 'one final response a transaction', check: oneFinal },
  {
    id: 'ack-non-2xx',
    clause: 'RFC 3261 §17.1.1.3',
    about: 'every non-2xx final to an INVITE gets an ACK',
    check: ackNon2xx,
  },
  {
    id: 'cseq-order',
    clause: 'RFC 3261 §12.2.1.1',
    about: 'CSeq never falls within a dialog',
    check: cseqOrder,
  },
  { id: 'cseq-method', clause: 'RFC 3261 §8.1.1.5', about: 'CSeq names the method', check: cseqMethod },
  {
    id: 'response-copies',
    clause: 'RFC 3261 §8.2.6.2',
    about: 'responses carry what they must copy',
    check: responseCopies,
    wholeRun: true,
  },
  { id: 'trying-once', clause: 'RFC 3261 §16.7-5', about: '100 goes one hop only', check: tryingOnce },
  {
    id: 'cancel-after-provisional',
    clause: 'RFC 3261 §9.1',
    about: 'a CANCEL follows a provisional response',
    check: cancelAfterProvisional,
  },
]

/** Rules that a profile breaks on purpose, with the reason. */
export function rulesOffFor(profile: Profile): { readonly rule: string; readonly reason: string }[] {
  if (profile !== 'ser') return []
  return RULES.flatMap(({ id, brokenBySer }) =>
    brokenBySer === undefined ? [] : [{ rule: id, reason: brokenBySer }],
  )
}
