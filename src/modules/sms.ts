// SER module sms: instant messages to telephones and back, over GSM modems (SER's modules; RFC 3428).

import type { Milliseconds } from '../endpoint.js'
import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleHooks, ModuleRecord, Parameters } from '../proxy/module.js'
import { hostText } from '../proxy/outgoing.js'
import type { Result } from '../script/contract.js'
import type { Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { printable } from '../sip/printable.js'
import { octetsOf, textOf } from '../sip/unicode.js'
import { parseUri } from '../sip/uri.js'
import { isUri } from './msilo/rows.js'
import { firstContact } from './nathelper/contact.js'
import { modemsOf, networksOf, type ModemSettings, type NetworkSettings } from './sms/config.js'
import { Modem, type ModemOwner, type Outgoing } from './sms/modem.js'
import type { Delivery } from './sms/pdu.js'
import { addressed, partsOf, smsText } from './sms/text.js'
import { tm } from './tm/index.js'
import { sendOwn } from './tm/uac.js'

/** Parts that wait for one network; more are refused. */
const QUEUE_MAX = 100
/** Parts whose reports are awaited, the oldest forgotten first. */
const REPORTS_MAX = 1000
const NUMBER = /^\+[1-9]\d{1,19}$/
const TYPES = /^(text\/plain|message\/cpim)\s*(?:;|$)/i

interface Part extends Outgoing {
  /** Who is told what became of it, and where. */
  readonly sender: string
  readonly reached: string
}

class Sms implements ModuleHooks, ModemOwner {
  readonly reports: number
  readonly #modems: readonly Modem[]
  readonly #networks: readonly NetworkSettings[]
  readonly #queues = new Map<string, Part[]>()
  readonly #awaited = new Map<number, Part>()

  constructor(
    private readonly engine: Engine,
    private readonly params: Parameters,
  ) {
    const [modems, networks, links] = [params.modems, params.networks, params.links].map((text) =>
      String(text ?? ''),
    )
    const given = [modems, networks, links].filter((text) => text !== '').length
    if (given !== 0 && given !== 3) throw new Error('sms: modems, networks and links must all be set')
    this.#networks = networksOf(networks!)
    this.#modems = modemsOf(modems!, this.#networks, links!).map(
      (settings) => new Modem(engine, settings, this),
    )
    for (const { name } of this.#networks) this.#queues.set(name, [])
    this.reports = Number(params.sms_report_type)
    if (![0, 1, 2].includes(this.reports)) throw new Error('sms: sms_report_type is 0, 1 or 2')
    const { default_net } = params
    if (default_net !== undefined && !this.#queues.has(String(default_net)))
      throw new Error(`sms: default_net: there is no network ${default_net}`)
  }

  get deadline(): Milliseconds | undefined {
    const deadlines = this.#modems.flatMap(({ deadline }) => (deadline === undefined ? [] : [deadline]))
    return deadlines.length === 0 ? undefined : Math.min(...deadlines)
  }

  wake(now: Milliseconds): void {
    for (const modem of this.#modems) modem.wake(now)
  }

  // ---- to telephones ----

  /** Puts a MESSAGE into the queue of a network. */
  submit(context: Context, network = this.params.default_net ?? this.#networks[0]?.name): Result {
    const { message } = context
    const queue = this.#queues.get(String(network))
    if (queue === undefined) {
      context.log(-1, `ERROR: sms: there is no network ${String(network)}`)
      return -1
    }
    const number = numberOf(context)
    const body = bodyOf(message)
    const sender = uriOf(message.from())
    if (number === undefined || body === undefined || sender === undefined) return -1
    const contact = this.params.use_contact === 0 ? undefined : firstContact(message)?.uri.text
    const reached = contact !== undefined && isUri(contact) ? contact : sender
    const parts = partsOf(smsText(sender, body), Number(this.params.max_sms_parts))
    if (queue.length + parts.length > QUEUE_MAX) {
      context.log(-1, `ERROR: sms: the queue of ${String(network)} is full`)
      return -1
    }
    queue.push(...parts.map((text) => ({ number, text, sender, reached })))
    for (const modem of this.#modems) if (modem.settings.networks.includes(String(network))) modem.hurry()
    return 1
  }

  next({ networks }: ModemSettings, turn: number): Outgoing | undefined {
    for (const { name, atOnce } of this.#networks)
      if (networks.includes(name) && turn < atOnce) {
        const part = this.#queues.get(name)?.shift()
        if (part !== undefined) return part
      }
    return undefined
  }

  sent(outgoing: Outgoing, reference: number | undefined): void {
    const part = outgoing as Part
    if (reference === undefined) return this.#tell(part, 'Your SMS could not be sent.')
    if (this.reports === 0) return
    const oldest = this.#awaited.keys().next()
    if (this.#awaited.size >= REPORTS_MAX && !oldest.done) this.#awaited.delete(oldest.value)
    this.#awaited.set(reference, part)
  }

  #tell({ number, sender, reached }: Part, text: string): void {
    this.#message(this.#uriOfNumber(number), sender, text, reached)
  }

  // ---- from telephones ----

  received({ name }: ModemSettings, delivery: Delivery): void {
    if (delivery.kind === 'report') return this.#reported(delivery)
    const found = addressed(delivery.text)
    if (found === undefined || !NUMBER.test(delivery.from)) {
      const from = printable(delivery.from)
      this.engine.log(1, `WARNING: sms: modem ${name}: a message of ${from} does not say whom it is for`)
      return
    }
    this.#message(this.#uriOfNumber(delivery.from), found.uri, octetsOf(found.body), found.uri)
  }

  #reported({ reference, outcome }: Extract<Delivery, { kind: 'report' }>): void {
    const part = this.#awaited.get(reference)
    if (part === undefined || outcome === 'waiting') return
    this.#awaited.delete(reference)
    this.#tell(part, outcome === 'delivered' ? 'Your SMS was delivered.' : 'Your SMS could not be delivered.')
  }

  #uriOfNumber(number: string): string {
    const domain = this.params.domain ?? hostText(this.engine.sockets[0]?.address ?? 'localhost')
    return `sip:${number}@${domain}`
  }

  #message(from: string, to: string, body: string, uri: string): void {
    const headers = `Content-Type: text/plain; charset=UTF-8\r\n`
    sendOwn(this.engine.use(tm), { method: 'MESSAGE', uri, from, to, headers, body }, (status) => {
      if (status >= 300)
        this.engine.log(1, `WARNING: sms: a message for ${printable(to)} was answered ${status}`)
    })
  }
}

/** The number: the user of the Request-URI, else of the original one, else of To. */
function numberOf({ uri, message }: Context): string | undefined {
  const candidates = [uri, message.requestUri, uriOf(message.to()) ?? '']
  const users = candidates.map(parseUri).map((one) => (one instanceof Malformed ? undefined : one.user))
  return users.find((user) => user !== undefined && NUMBER.test(user))
}

function uriOf(address: ReturnType<Message['to']>): string | undefined {
  return address === undefined || address instanceof Malformed || !isUri(address.uri)
    ? undefined
    : address.uri
}

/** The text; undefined when there is none, or another kind of content. */
function bodyOf(message: Message): string | undefined {
  const type = TYPES.exec(message.header(Header.CONTENT_TYPE) ?? '')?.[1]?.toLowerCase()
  const length = message.contentLength()
  if (type === undefined || typeof length !== 'number' || length === 0) return undefined
  const body = message.body.slice(0, length)
  // RFC 3862: headers of the message, headers of its content, the content.
  const text =
    type === 'message/cpim' ? body.replace(/^(?:[^\r\n]+\r\n)*\r\n(?:[^\r\n]+\r\n)*\r\n/, '') : body
  // What steers a terminal, or a modem, is no text.
  return textOf(text).replace(/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]/g, '') || undefined
}

const integer = (initial: number, about: string) => ({ kind: 'integer' as const, initial, about })
const text = (about: string) => ({ kind: 'string' as const, initial: undefined, about })

export const sms: ModuleRecord<Sms> = {
  name: 'sms',
  file: 'sms',
  about: 'instant messages to telephones and back, over GSM modems',
  needs: ['tm'],
  params: {
    modems: text(
      '"name[d=/dev/ttyS0;b=9600;p=PIN;m=NEW;c=centre;r=2;l=20]; ...": device, baud, mode (NEW, OLD, DIGICOM, ASCII), tries, seconds between looks',
    ),
    networks: text('"name[m=10]; ...": messages that are sent to it at once'),
    links: text('"modem[network;network]; ...": which modem reaches which networks'),
    default_net: text('network of sms_send_msg (the first one)'),
    max_sms_parts: integer(4, 'parts that a long message is sent in; what does not fit is cut off'),
    domain: text('domain of the URIs of telephones (our address)'),
    use_contact: integer(0, '1: senders are told at their Contact, 0: at their From'),
    sms_report_type: integer(
      0,
      'senders are told what became of their messages: 1 sent on by the modem, 2 kept by it',
    ),
  },
  start: (engine, params) => new Sms(engine, params),
  functions: {
    sms_send_msg_to_net: {
      args: ['string'],
      routes: ['request'],
      about: 'sends the MESSAGE to the telephone in its Request-URI, over this network',
      call: (context: Context, network: string) => context.engine.use(sms).submit(context, network),
    },
    sms_send_msg: {
      args: [],
      routes: ['request'],
      about: 'sends the MESSAGE to the telephone in its Request-URI, over the default network',
      call: (context: Context) => context.engine.use(sms).submit(context),
    },
  },
}
