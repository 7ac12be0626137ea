// Raw messages: a text with <placeholders>, sent as it is (step "sends the request:", "responds with:").
//
// Placeholders for every message:  <user> <domain> <aor> <contact> <address> <port> <transport> <content-length>
// For a request:   <call-id> <branch> <tag> <cseq> <remote-tag>. New for each raw request, but those of an ACK or CANCEL
//                  are the former request's, and <remote-tag> is the To tag of the last response to it.
// With a call:     the same and <from> <to> <target> <route> out of its dialog.
// For a response:  <via> <from> <to> <call-id> <cseq> <method> <record-route> of the request it answers, <tag> of our own.
// With a name behind it (<branch-2>, <call-id-1>, <tag-a>) a made-up value stays the same for the phone's life.
//
// A text without CRLFs gets them, and an empty line behind its headers; one with CRLFs is sent octet by octet.

import { Malformed, UsageError } from '../errors.js'
import { Header } from '../sip/names.js'
import { parseMessage, type Message } from '../sip/message.js'
import type { Call } from './call.js'
import type { OrderOf } from './command.js'
import type { Core } from './core.js'
import { cseqNumber, routed } from './dialog.js'
import type { ServerTransaction } from './server.js'
import type { Hop } from './stack.js'
import { answeredRaw } from './uas.js'

type Values = Record<string, string | undefined>

export class RawSender {
  /** Values with a name of their own (<tag-a>). */
  readonly #kept = new Map<string, string>()
  #last: Values = {}
  #cseq = 0

  constructor(private readonly core: Core) {}

  send(order: Omit<OrderOf<'raw'>, 'verb'>): void {
    const isResponse = /^SIP\//i.test(order.text)
    if (isResponse) this.#sendResponse(order)
    else this.#sendRequest(order)
  }

  #sendRequest(order: Omit<OrderOf<'raw'>, 'verb'>): void {
    const { core } = this
    const method = /^\S*/.exec(order.text)![0]
    const call =
      order.call === undefined ? undefined : core.calls.choose(order.call, 'to send it in', () => true)
    const bytes = this.#fill(order.text, call ? this.#ofDialog(call, method) : this.#ofRequest(method))
    if (order.to !== undefined) {
      core.stack.send(core.locator.hop({ transport: order.to.transport, ...order.to.remote }), bytes)
      return
    }
    const uri = /^\S+ (\S+)/.exec(bytes)?.[1] ?? ''
    const { dialog } = call ?? {}
    const send = (hop: Hop | undefined): void => {
      if (hop !== undefined) core.stack.send(hop, bytes)
      else core.note(`no address to send the raw request to (${uri})`)
    }
    if (dialog === undefined) core.locator.outbound(uri, send)
    else core.locator.direct(routed(dialog.target, dialog.routeSet).next, send)
  }

  #sendResponse(order: Omit<OrderOf<'raw'>, 'verb'>): void {
    const { core } = this
    const server = this.#answerable(order.call)
    const request =
      server?.request ?? core.stack.journal.received.findLast(({ message }) => message.isRequest)?.message
    if (request === undefined)
      throw new UsageError(`phone ${core.options.name} has received no request that this could answer`)
    const bytes = this.#fill(order.text, ofResponse(request, server?.toTag ?? core.identity.newTag()))
    const message = parseMessage(bytes)
    if (order.to !== undefined || server === undefined || message instanceof Malformed) {
      const to = order.to ?? core.stack.journal.received.findLast(({ message: one }) => one === request)
      if (to === undefined) return
      const remote = 'remote' in to ? to.remote : to.from
      core.stack.send(core.locator.hop({ transport: to.transport, ...remote }), bytes)
    } else if (core.stack.servers.respond(server, message.status, bytes))
      answeredRaw(core, server, message.status)
  }

  /** The request to answer: the chosen call's INVITE, else the oldest one that has no final response. */
  #answerable(choice: OrderOf<'raw'>['call']): ServerTransaction | undefined {
    const { core } = this
    if (choice !== undefined)
      return core.calls.choose(choice, 'to answer', ({ server }) => server !== undefined).server
    return core.stack.servers.unanswered()[0]
  }

  #ofRequest(method: string): Values {
    const { core } = this
    const repeats = (method === 'ACK' || method === 'CANCEL') && this.#last['branch'] !== undefined
    if (!repeats) {
      const { identity } = core
      const [callId, branch, tag] = [identity.newCallId(), identity.newBranch(), identity.newTag()]
      this.#last = { 'call-id': callId, branch, tag, cseq: String(++this.#cseq) }
    }
    const callId = this.#last['call-id']
    const response = core.stack.journal.received.findLast(
      ({ message }) => !message.isRequest && message.callId === callId,
    )
    return { ...this.#last, 'remote-tag': response?.message.toTag }
  }

  #ofDialog(call: Call, method: string): Values {
    const { dialog } = call
    if (dialog === undefined) throw new UsageError(`call ${call.id} has no dialog yet`)
    const { uri, routes } = routed(dialog.target, dialog.routeSet)
    const invited = method === 'ACK' ? dialog.invite?.cseq : undefined
    return {
      ...{ 'call-id': dialog.callId, tag: dialog.localTag, 'remote-tag': dialog.remoteTag },
      ...{ from: dialog.sides.local, to: dialog.sides.remote, target: uri, route: routes.join(', ') },
      ...{ branch: this.core.identity.newBranch(), cseq: String(invited ?? ++dialog.localSeq) },
    }
  }

  #fill(text: string, values: Values): string {
    const { identity, options } = this.core
    const { address, port, transport } = options.contact
    const all: Values = {
      ...{ user: identity.uri.user, domain: identity.domain, aor: identity.aor },
      ...{ contact: identity.contact, address, port: String(port), transport: transport.toUpperCase() },
      ...values,
    }
    const filled = withLineEnds(text).replace(/<([a-z][a-z0-9-]*)>/g, (whole, name: string) =>
      name === 'content-length' ? whole : (all[name] ?? this.#keep(name) ?? whole),
    )
    const bodyAt = filled.indexOf('\r\n\r\n')
    const length = bodyAt < 0 ? 0 : filled.length - bodyAt - 4
    return filled.replaceAll('<content-length>', String(length))
  }

  /** The value of <tag-a>, made up at its first use. */
  #keep(name: string): string | undefined {
    const [, kind] = /^(call-id|branch|tag)-[a-z0-9]+$/.exec(name) ?? []
    if (kind === undefined) return undefined
    const { core } = this
    const made = {
      'call-id': () => core.identity.newCallId(),
      branch: () => core.identity.newBranch(),
      tag: () => core.identity.newTag(),
    }
    const value = this.#kept.get(name) ?? made[kind as keyof typeof made]()
    this.#kept.set(name, value)
    return value
  }
}

function ofResponse(request: Message, tag: string): Values {
  const to = request.header(Header.TO) ?? ''
  return {
    ...{ via: request.valuesOf(Header.VIA).join(', '), from: request.header(Header.FROM) },
    ...{ to, tag, 'call-id': request.callId, method: request.cseqMethod, cseq: String(cseqNumber(request)) },
    ...{ 'record-route': request.valuesOf(Header.RECORD_ROUTE).join(', ') },
  }
}

function withLineEnds(text: string): string {
  if (text.includes('\r\n')) return text
  const lines = text.replaceAll('\n', '\r\n')
  if (lines.includes('\r\n\r\n')) return lines
  return lines.endsWith('\r\n') ? `${lines}\r\n` : `${lines}\r\n\r\n`
}
