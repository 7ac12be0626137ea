// Dialogs: what both sides keep of each other, and the requests that go through them (RFC 3261 §12).

import { Malformed } from '../errors.js'
import { Header } from '../sip/names.js'
import type { Message } from '../sip/message.js'
import { parseNameAddr } from '../sip/name-addr.js'
import { parseUri, uriParam } from '../sip/uri.js'
import type { Call } from './call.js'
import type { ClientTransaction } from './client.js'
import { contactUri } from './contacts.js'
import type { Repeat } from './repeat.js'
import type { Outgoing } from './submit.js'

/** Routes kept of a dialog; more are cut off. */
const ROUTES_MAX = 50

export class Dialog {
  readonly callId: string
  readonly localTag: string
  state: 'early' | 'confirmed' | 'terminated' = 'early'
  localSeq = 0
  /** undefined until the other side has sent a request. */
  remoteSeq: number | undefined
  routeSet: readonly string[]
  /** Client: the ACK of the last 2xx to an INVITE, sent again for each copy of the 2xx. */
  ack: { readonly cseq: number; readonly resend: () => void } | undefined
  /** Client: the last INVITE of this dialog, whose 2xx we acknowledge. */
  invite: Outgoing | undefined
  /** A re-INVITE of ours that is open. */
  reinvite: ClientTransaction | undefined
  /** Server: our 2xx to the last INVITE waits for its ACK. */
  ackWait: Repeat | undefined
  /** Server: our reliable 1xx waits for its PRACK. */
  prackWait: Repeat | undefined
  /** Client: the last RSeq acknowledged. */
  remoteRseq: number | undefined

  constructor(
    readonly call: Call,
    readonly remoteTag: string,
    /** From and To of our requests, tags included. */
    readonly sides: { readonly local: string; readonly remote: string },
    /** Where requests go: the other side's Contact URI. */
    public target: string,
    routeSet: readonly string[],
  ) {
    this.callId = call.callId
    this.localTag = call.localTag
    this.routeSet = routeSet
  }
}

/** All dialogs of a phone. */
export class DialogSet {
  readonly #dialogs = new Map<string, Dialog>()

  add(dialog: Dialog): void {
    this.#dialogs.set(keyOf(dialog.callId, dialog.localTag, dialog.remoteTag), dialog)
    dialog.call.dialogs.push(dialog)
  }

  drop(dialog: Dialog): void {
    dialog.state = 'terminated'
    dialog.ackWait?.abandon()
    dialog.prackWait?.abandon()
    this.#dialogs.delete(keyOf(dialog.callId, dialog.localTag, dialog.remoteTag))
  }

  /** The dialog that a request from the other side names (RFC 3261 §12.2.2). */
  find({ callId, fromTag, toTag }: Message): Dialog | undefined {
    return toTag === undefined ? undefined : this.#dialogs.get(keyOf(callId ?? '', toTag, fromTag ?? ''))
  }
}

function keyOf(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}|${localTag}|${remoteTag}`
}

/** The caller's dialog out of a response (RFC 3261 §12.1.2). */
export function callerDialog(call: Call, invite: Outgoing, response: Message): Dialog {
  const sides = { local: invite.from, remote: response.header(Header.TO) ?? invite.to }
  const target = contactUri(response) ?? invite.uri
  const dialog = new Dialog(call, response.toTag ?? '', sides, target, recordRoutes(response).reverse())
  dialog.localSeq = invite.cseq
  dialog.invite = invite
  return dialog
}

/** The callee's dialog out of the INVITE (RFC 3261 §12.1.1). */
export function calleeDialog(call: Call, request: Message): Dialog {
  const local = `${request.header(Header.TO) ?? ''};tag=${call.localTag}`
  const sides = { local, remote: request.header(Header.FROM) ?? '' }
  const target = contactUri(request) ?? call.remoteUri
  const dialog = new Dialog(call, request.fromTag ?? '', sides, target, recordRoutes(request))
  dialog.remoteSeq = cseqNumber(request)
  return dialog
}

/** The Record-Route values in the order of the message. */
export function recordRoutes(message: Message): string[] {
  return message.valuesOf(Header.RECORD_ROUTE).slice(0, ROUTES_MAX)
}

/** Request-URI, Route values and the URI that tells the next hop (RFC 3261 §12.2.1.1). */
export function routed(
  target: string,
  routeSet: readonly string[],
): { readonly uri: string; readonly routes: readonly string[]; readonly next: string } {
  const first = routeSet[0]
  if (first === undefined) return { uri: target, routes: [], next: target }
  const firstUri = routeUri(first)
  if (isLoose(firstUri)) return { uri: target, routes: routeSet, next: firstUri }
  // A strict router wants itself in the Request-URI and the target at the end.
  return { uri: firstUri, routes: [...routeSet.slice(1), `<${target}>`], next: firstUri }
}

function routeUri(value: string): string {
  const parsed = parseNameAddr(value, 0, value.length)
  return parsed instanceof Malformed ? value : parsed.uri
}

function isLoose(text: string): boolean {
  const uri = parseUri(text)
  return !(uri instanceof Malformed) && uriParam(uri, 'lr') !== undefined
}

/** The CSeq number of a message; -1 when it cannot be read. */
export function cseqNumber(message: Message): number {
  return Number(/^\d+/.exec(message.header(Header.CSEQ) ?? '')?.[0] ?? -1)
}
