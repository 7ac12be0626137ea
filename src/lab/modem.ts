// A GSM modem as scenarios and tests have one: it takes AT commands octet by octet, keeps what is to be sent, and lists
// what has come (3GPP TS 27.005). The network behind it is the test.

import type { Answer, Question } from '../endpoint.js'
import { ExpectationError } from '../errors.js'
import { packed, septetsOf } from '../modules/sms/alphabet.js'
import type { Lab } from './lab.js'

type Exchange = Extract<Question, { kind: 'exchange' }>

/** What was handed to the network: a PDU, or number and text. */
export interface Submitted {
  readonly content: string
  readonly number: string | undefined
}

export class ModemSimulator {
  /** What was sent, in order. */
  readonly sent: Submitted[] = []
  /** What is kept: PDUs, or lines of text mode. */
  readonly inbox = new Map<number, string>()
  /** Commands, in order. */
  readonly commands: string[] = []
  /** The card wants it. */
  pin: string | undefined
  /** So many of the next messages are refused. */
  refusals = 0
  #isText = false
  #echoes = true
  #line = ''
  /** The command whose text is being typed. */
  #typing: string | undefined
  #nextPlace = 1
  #reference = 0

  /** Puts something into the inbox. */
  keep(content: string): void {
    this.inbox.set(this.#nextPlace++, content)
  }

  /** What the modem says to these octets. */
  feed(octets: string): string {
    let said = ''
    for (const octet of octets) {
      const end = this.#typing === undefined ? '\r' : '\x1a'
      if (octet !== end) {
        if (octet === '\x1b' && this.#typing !== undefined) this.#typing = undefined
        else this.#line += octet
        continue
      }
      const line = this.#line
      this.#line = ''
      said += this.#typing === undefined ? this.#command(line.trim()) : this.#submit(this.#typing, line)
    }
    return said
  }

  #command(command: string): string {
    this.commands.push(command)
    const echo = this.#echoes ? `${command}\r` : ''
    return echo + this.#answer(command)
  }

  #answer(command: string): string {
    const ok = '\r\nOK\r\n'
    if (command === 'ATE0') this.#echoes = false
    else if (command === 'AT+CPIN?')
      return `\r\n+CPIN: ${this.pin === undefined ? 'READY' : 'SIM PIN'}\r\n${ok}`
    else if (command.startsWith('AT+CPIN=')) {
      if (command !== `AT+CPIN="${this.pin}"`) return '\r\n+CME ERROR: 16\r\n'
      this.pin = undefined
    } else if (command.startsWith('AT+CMGF=')) this.#isText = command.endsWith('1')
    else if (command.startsWith('AT+CMGL=')) return this.#list() + ok
    else if (command.startsWith('AT+CMGD=')) this.inbox.delete(Number(command.slice(8)))
    else if (command.startsWith('AT+CMGS=')) {
      this.#typing = command
      return '\r\n> '
    } else if (!/^AT(?:\+CSCA=|\+CNMI=|$)/.test(command)) return '\r\nERROR\r\n'
    return ok
  }

  #list(): string {
    let text = ''
    for (const [place, content] of this.inbox)
      text += this.#isText
        ? `\r\n+CMGL: ${place},"REC UNREAD",${content}`
        : `\r\n+CMGL: ${place},0,,${content.length / 2 - 1}\r\n${content}`
    return text === '' ? '' : `${text}\r\n`
  }

  #submit(command: string, content: string): string {
    this.#typing = undefined
    if (this.refusals > 0) {
      this.refusals--
      return '\r\n+CMS ERROR: 38\r\n'
    }
    this.sent.push({ content, number: /^AT\+CMGS="(.*)"$/.exec(command)?.[1] })
    this.#reference = (this.#reference + 1) % 256
    return `\r\n+CMGS: ${this.#reference}\r\n\r\nOK\r\n`
  }
}

/** The PDU of a short message that came from a number, in the default alphabet or in UCS2. */
export function deliveredPdu(number: string, text: string): string {
  const septets = septetsOf(text)
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
  const user = septets === undefined ? units.flatMap((unit) => [unit >> 8, unit & 255]) : packed(septets)
  const time = '62101000000000'
  const octets = [septets === undefined ? 8 : 0].map(pair).join('') + time
  const length = pair(septets?.length ?? user.length)
  return `0004${addressOf(number)}00${octets}${length}${user.map(pair).join('')}`
}

/** The PDU of a report on one of our messages. */
export function reportPdu(number: string, reference: number, status: number): string {
  const time = '62101000000000'
  return `0006${pair(reference)}${addressOf(number)}${time}${time}${pair(status)}`
}

function addressOf(number: string): string {
  const digits = number.slice(1)
  const even = digits.length % 2 === 0 ? digits : `${digits}F`
  return `${pair(digits.length)}91${even.replace(/(.)(.)/g, '$2$1')}`
}

function pair(octet: number): string {
  return octet.toString(16).padStart(2, '0').toUpperCase()
}

/** The modems of a scenario, by their devices. */
export class ScenarioModems {
  readonly #modems = new Map<string, ModemSimulator>()

  at(device: string): ModemSimulator {
    let modem = this.#modems.get(device)
    if (modem === undefined) this.#modems.set(device, (modem = new ModemSimulator()))
    return modem
  }

  /** The only one. */
  get one(): ModemSimulator {
    const [modem] = this.#modems.values()
    if (modem === undefined)
      throw new ExpectationError('there is no modem', 'Given a GSM modem at "/dev/..."', '')
    return modem
  }

  answer({ channel, bytes }: Exchange): Answer {
    const device = channel.replace(/^serial:|\?.*$/g, '')
    const modem = this.#modems.get(device)
    if (modem === undefined)
      return { kind: 'failure', reason: `${channel}: there is no modem in this scenario` }
    return { kind: 'octets', octets: modem.feed(bytes) }
  }
}

/** A text was sent to a number (in text mode). */
export async function expectSms(lab: Lab, text: string, number: string): Promise<void> {
  const { sent } = lab.surroundings.modems.one
  await lab.until(
    () => sent.some((one) => one.number === number && one.content.includes(text)),
    `an SMS to ${number} with "${text}"`,
    () => sent.map((one) => `${one.number ?? ''}: ${one.content}`).join(' | ') || 'no SMS',
  )
}

/** A text arrives from a number (in text mode); the modem is asked for it at its next turn. */
export function smsArrives(lab: Lab, number: string, text: string): void {
  lab.surroundings.modems.one.keep(`"${number}",,"26/01/01,00:00:00+00"\r\n${text}`)
}
