// One modem: what is said to it, turn by turn (3GPP TS 27.005, 27.007). A turn sends what waits and asks for what came;
// between turns the line is quiet. Whatever goes wrong ends the turn, and the next one begins from the start.

import type { Answer, Milliseconds, Question } from '../../endpoint.js'
import type { Engine } from '../../proxy/engine.js'
import { printable } from '../../sip/printable.js'
import type { ModemSettings } from './config.js'
import { delivery, submission, type Delivery } from './pdu.js'

const ANSWER_MS_MAX = 10_000
/** The network may take its time to accept a message. */
const SEND_MS_MAX = 60_000
/** Messages that are read in one turn. */
const READ_MAX = 100
const FINAL = ['\r\nOK\r\n', '\r\nERROR\r\n', ' ERROR: ']
const PROMPT = '> '
const END = '\x1a'

/** A part of a message on its way to a telephone. */
export interface Outgoing {
  readonly number: string
  readonly text: string
}

/** What a modem works for. */
export interface ModemOwner {
  /** The next part to send; undefined: none, or enough for this turn. `turn`: parts of this turn so far. */
  next(modem: ModemSettings, turn: number): Outgoing | undefined
  /** The network took a part under this number, or did not. */
  sent(part: Outgoing, reference: number | undefined): void
  received(modem: ModemSettings, delivery: Delivery): void
  /** 0: reports are not wanted; else as +CNMI has them: 1 sent on at once, 2 kept. */
  readonly reports: number
}

export class Modem {
  #isBusy = false
  #isReady = false
  #nextTurn: Milliseconds

  constructor(
    private readonly engine: Engine,
    readonly settings: ModemSettings,
    private readonly owner: ModemOwner,
  ) {
    this.#nextTurn = engine.now
  }

  get deadline(): Milliseconds | undefined {
    return this.#isBusy ? undefined : this.#nextTurn
  }

  wake(now: Milliseconds): void {
    if (!this.#isBusy && this.#nextTurn <= now) this.#turn()
  }

  /** Something waits to be sent. */
  hurry(): void {
    this.#nextTurn = Math.min(this.#nextTurn, this.engine.now)
  }

  get #usesPdu(): boolean {
    return this.settings.mode !== 'ASCII'
  }

  #turn(): void {
    this.#isBusy = true
    const work = (): void => this.#send(0, () => this.#read(() => this.#over()))
    if (this.#isReady) work()
    else
      this.#prepare(0, () => {
        this.#isReady = true
        work()
      })
  }

  #over(): void {
    this.#isBusy = false
    this.#nextTurn = this.engine.now + this.settings.intervalMs
  }

  #failed(what: string): void {
    this.engine.log(-1, `ERROR: sms: modem ${this.settings.name}: ${printable(what)}`)
    this.#isReady = false
    this.#over()
  }

  // ---- a turn ----

  #prepare(at: number, then: () => void): void {
    const { pin, centre } = this.settings
    const { reports } = this.owner
    const commands = [
      'ATE0',
      'AT+CPIN?',
      `AT+CMGF=${this.#usesPdu ? 0 : 1}`,
      ...(centre === undefined ? [] : [`AT+CSCA="${centre}"`]),
      ...(reports === 0 || !this.#usesPdu ? [] : [`AT+CNMI=1,1,0,${reports},0`]),
    ]
    const command = commands[at]
    if (command === undefined) return then()
    this.#say(`${command}\r`, FINAL, ANSWER_MS_MAX, (text) => {
      const next = (): void => this.#prepare(at + 1, then)
      if (!isOk(text)) return this.#failed(`${command} was answered "${text}"`)
      if (command !== 'AT+CPIN?' || !text.includes('SIM PIN')) return next()
      if (pin === undefined) return this.#failed('the card wants a PIN, and the modem has none (p=)')
      this.#say(`AT+CPIN="${pin}"\r`, FINAL, ANSWER_MS_MAX, (answer) =>
        isOk(answer) ? next() : this.#failed('the PIN was refused'),
      )
    })
  }

  #send(count: number, then: () => void): void {
    const part = this.owner.next(this.settings, count)
    if (part === undefined) return then()
    this.#try(part, 1, (reference) => {
      this.owner.sent(part, reference)
      this.#send(count + 1, then)
    })
  }

  #try(part: Outgoing, attempt: number, then: (reference: number | undefined) => void): void {
    const [command, content] = this.#submission(part)
    this.#say(`${command}\r`, [PROMPT, ...FINAL], ANSWER_MS_MAX, (prompt) => {
      const retry = (): void =>
        attempt < this.settings.tries ? this.#try(part, attempt + 1, then) : then(undefined)
      if (!prompt.includes(PROMPT)) return retry()
      this.#say(content + END, FINAL, SEND_MS_MAX, (text) => {
        const [, reference] = /\+CMGS:\s*(\d{1,3})/.exec(text) ?? []
        if (isOk(text)) then(Number(reference ?? -1))
        else retry()
      })
    })
  }

  /** The command, and what follows its prompt. */
  #submission({ number, text }: Outgoing): readonly [string, string] {
    const { mode } = this.settings
    if (mode === 'ASCII') return [`AT+CMGS="${number}"`, plain(text)]
    const wantsReport = this.owner.reports !== 0
    const { pdu, length } = submission({ number, text, wantsReport, hasCentre: mode !== 'OLD' })
    return [`AT+CMGS=${length}`, pdu]
  }

  #read(then: () => void): void {
    const command = `AT+CMGL=${this.#usesPdu ? '4' : '"ALL"'}\r`
    this.#say(command, FINAL, ANSWER_MS_MAX, (text) => {
      if (!isOk(text)) return this.#failed(`the list of messages was answered "${text.slice(0, 100)}"`)
      this.#remove(this.#listed(text), then)
    })
  }

  /** Hands over what is listed; returns where it is kept. */
  #listed(text: string): number[] {
    const places: number[] = []
    const list = this.#usesPdu
      ? /\+CMGL:\s*(\d{1,5}),[^\r\n]*\r\n([0-9A-Fa-f]+)\r\n/g
      : /\+CMGL:\s*(\d{1,5}),[^\r\n]*?"(\+?\d{3,20})"[^\r\n]*\r\n([^]*?)\r\n(?=\r\nOK\r\n|\+CMGL:)/g
    for (const [, place, second = '', third = ''] of text.matchAll(list)) {
      if (places.length >= READ_MAX) break
      places.push(Number(place))
      if (this.#usesPdu) this.#hear(second)
      else this.owner.received(this.settings, { kind: 'message', from: second, text: third })
    }
    return places
  }

  #hear(pdu: string): void {
    const heard = delivery(pdu, this.settings.mode !== 'OLD')
    if (heard !== undefined) this.owner.received(this.settings, heard)
    else
      this.engine.log(
        1,
        `WARNING: sms: modem ${this.settings.name}: a message cannot be read: ${pdu.slice(0, 100)}`,
      )
  }

  #remove(places: readonly number[], then: () => void): void {
    const [place, ...others] = places
    if (place === undefined) return then()
    this.#say(`AT+CMGD=${place}\r`, FINAL, ANSWER_MS_MAX, (text) => {
      if (isOk(text)) this.#remove(others, then)
      else this.#failed(`message ${place} could not be taken out`)
    })
  }

  // ---- the line ----

  #say(bytes: string, until: readonly string[], timeoutMs: Milliseconds, then: (text: string) => void): void {
    const { device, baud } = this.settings
    const channel = `serial:${device}?baud=${baud}`
    const question: Question = { kind: 'exchange', channel, bytes, until, tries: 1, timeoutMs }
    const resume = (answer: Answer): number => {
      if (answer.kind !== 'octets')
        this.#failed(answer.kind === 'failure' ? answer.reason : `an answer of the kind ${answer.kind}`)
      else {
        this.#hearReports(answer.octets)
        then(answer.octets)
      }
      return 1
    }
    this.engine.settle({ question, resume }, () => undefined)
  }

  /** They come at any time, also between two turns. */
  #hearReports(text: string): void {
    for (const [, pdu = ''] of text.matchAll(/\+CDS:[^\r\n]*\r\n([0-9A-Fa-f]+)\r\n/g)) this.#hear(pdu)
  }
}

function isOk(text: string): boolean {
  return text.includes('\r\nOK\r\n')
}

/** What ends a text, or is a command to the modem, is no part of it. */
function plain(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(/[^\n -~]/g, (letter) => (letter < ' ' || letter === '\x7f' ? '' : '?'))
}
