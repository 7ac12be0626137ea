// Plays a case against a server: all its parties are one endpoint. The play is a generator that stops where it must wait,
// so that it needs neither a promise nor a timer; what was expected and did not come is the verdict.

import type { Endpoint, Input, Milliseconds, Output } from '../../endpoint.js'
import { ExpectationError } from '../../errors.js'
import { checkAll, judge } from './checks.js'
import type {
  HeaderChange,
  ClosedStatement,
  Order,
  OrderStatement,
  OctetsStatement,
  OneOfStatement,
  Play,
  ReceiveStatement,
  SendStatement,
  SilenceStatement,
  Statement,
} from './case.js'
import { Mailbox, MAILS_MAX, type Mail, type Noise } from './mailbox.js'
import { fits, isFinalFor, told } from './pattern.js'
import { hostPort } from './path.js'
import type { Scene } from './scene.js'
import { Sender } from './sender.js'

export interface Verdict {
  readonly passed: boolean
  /** What was expected and what came instead; '' when it passed. */
  readonly text: string
  /** The statement that failed, in the case file. */
  readonly line: number
}

/** Between bursts of many messages. */
const BETWEEN_BURSTS_MS = 5

/** Until when the play waits. */
type Steps = Generator<Milliseconds, void, void>

export class CasePlayer implements Endpoint {
  verdict: Verdict | undefined
  readonly #orders: Order[] = []
  readonly #mailbox: Mailbox
  readonly #steps: Steps
  readonly #sender: Sender
  #until: Milliseconds | undefined
  #now: Milliseconds
  #line = 0
  /** When the statement before was true. */
  #mark: Milliseconds

  constructor(
    readonly scene: Scene,
    play: Play,
    now: Milliseconds,
  ) {
    this.#now = this.#mark = this.#until = now
    this.#mailbox = new Mailbox(scene)
    this.#sender = new Sender(scene, this.#mailbox)
    this.#steps = this.#run(play)
  }

  get deadline(): Milliseconds | undefined {
    return this.verdict === undefined ? this.#until : undefined
  }

  step(input: Input, now: Milliseconds): Output[] {
    this.#now = this.#sender.now = now
    if (input.type === 'packet')
      for (const mail of this.#mailbox.take(input, now)) this.#sender.acknowledge(mail)
    if (this.#mailbox.isFlooded)
      this.fail(`the server floods: ${MAILS_MAX} messages have come, no more are taken`)
    if (input.type === 'closed') this.#mailbox.closed(input)
    if (this.verdict === undefined) this.#advance()
    return this.#sender.take()
  }

  #advance(): void {
    try {
      const { done, value } = this.#steps.next()
      if (done === true) this.verdict = { passed: true, text: '', line: this.#line }
      else this.#until = value
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      this.verdict = {
        passed: false,
        text: error instanceof ExpectationError ? text : `the case: ${text}`,
        line: this.#line,
      }
    }
  }

  // ---- the play ----

  *#run(play: Play): Steps {
    for (const statement of play) yield* this.#statement(statement)
  }

  *#statement(statement: Statement): Steps {
    this.#line = statement.line
    switch (statement.kind) {
      case 'send':
        return yield* this.#send(statement)
      case 'repeat':
        this.#mark = this.#now
        return this.#sender.repeat(statement)
      case 'receive':
        return yield* this.#receive(statement)
      case 'octets':
      case 'closed':
        return yield* this.#event(statement)
      case 'silence':
        return yield* this.#silence(statement)
      case 'one of':
        return yield* this.#oneOf(statement)
      case 'wait':
        return yield* this.#wait(statement.forMs)
      case 'check':
        return judge(
          this.#sender.fill(statement.left, ''),
          statement.check,
          this.#sender.fill(statement.check.value, ''),
          statement.left,
        )
      case 'register':
        return yield* this.#register(statement.party, statement.changes, statement.line)
      case 'call':
        return yield* this.#call(statement.party, statement.other!, statement.changes, statement.line)
      case 'close':
        return this.#sender.close(statement.party)
      case 'by hand':
        this.#sender.byHand.add(statement.party)
        return
      case 'order':
        return this.#order(statement)
      case 'dns':
      case 'udp only':
      case 'listens':
        return
    }
  }

  *#send(statement: SendStatement): Steps {
    this.#mark = this.#now
    for (const _ of this.#sender.send(statement)) yield* this.#wait(BETWEEN_BURSTS_MS)
  }

  /** The play cannot go on, whatever the packets say. */
  fail(text: string): void {
    this.verdict ??= { passed: false, text, line: this.#line }
  }

  get hasOrders(): boolean {
    return this.#orders.length > 0
  }

  /** The orders that the server is to carry out, since they were last asked for. */
  takeOrders(): Order[] {
    return this.#orders.splice(0)
  }

  #order({ method, to, changes }: OrderStatement): void {
    this.#mark = this.#now
    const place = this.scene.places.get(to)
    const party = place === undefined ? undefined : `sip:${to}-${this.scene.nonce}@${hostPort(place)}`
    const uri = to === 'dialog' ? undefined : (party ?? this.#sender.fill(to, ''))
    const headers = changes.map(({ name, value }) => [name, this.#sender.fill(value, '')] as const)
    this.#orders.push({ method, uri, headers })
  }

  *#wait(forMs: Milliseconds): Steps {
    for (const until = this.#now + forMs; this.#now < until;) yield until
    this.#mark = this.#now
  }

  *#register(party: string, changes: readonly HeaderChange[], line: number): Steps {
    yield* this.#send({ ...SENDING, party, what: 'REGISTER', changes, line })
    yield* this.#receive({ ...RECEIVING, party, pattern: '200', line })
  }

  *#call(caller: string, callee: string, changes: readonly HeaderChange[], line: number): Steps {
    yield* this.#send({ ...SENDING, party: caller, what: 'INVITE', to: callee, changes, line })
    yield* this.#receive({ ...RECEIVING, party: callee, pattern: 'INVITE', line })
    yield* this.#send({ ...SENDING, party: callee, what: '200', line })
    yield* this.#receive({ ...RECEIVING, party: caller, pattern: '200', line })
    yield* this.#send({ ...SENDING, party: caller, what: 'ACK', line })
    yield* this.#receive({ ...RECEIVING, party: callee, pattern: 'ACK', line })
  }

  // ---- receiving ----

  #next({ party, pattern, again }: ReceiveStatement): Mail | undefined {
    return this.#mailbox.mails.find(
      (mail) =>
        !mail.consumed && mail.party === party && mail.repeated === again && fits(mail.message, pattern),
    )
  }

  *#receive(statement: ReceiveStatement): Steps {
    const { party, pattern, withinMs, afterMs } = statement
    const from = this.#mark
    const until = this.#now + (withinMs ?? Math.max(this.scene.patienceMs, 2 * (afterMs ?? 0)))
    for (;;) {
      const mail = this.#next(statement)
      if (mail !== undefined) return this.#take(mail, statement, from)
      const wrong = this.#mailbox.mails.find(
        (one) => !one.consumed && !one.repeated && one.party === party && isFinalFor(one.message, pattern),
      )
      if (wrong !== undefined || this.#now >= until)
        throw new ExpectationError(
          `${party} did not receive ${pattern}${statement.again ? ' again' : ''}`,
          statement.text,
          this.#arrived(party),
        )
      yield until
    }
  }

  #take(
    mail: Mail,
    { text, party, pattern, afterMs, as, checks }: ReceiveStatement,
    from: Milliseconds,
  ): void {
    mail.consumed = true
    if (as !== undefined) this.#mailbox.name(as, mail)
    this.#mark = mail.at
    const took = mail.at - from
    const slackMs = this.scene.slackMs + (afterMs ?? 0) / 10
    if (afterMs !== undefined && Math.abs(took - afterMs) > slackMs)
      throw new ExpectationError(
        `${party} received ${pattern} at another time`,
        text,
        `after ${Math.round(took)} ms`,
      )
    checkAll(mail, checks, (value) => this.#sender.fill(value, party))
  }

  /** Octets that are no message, or the end of a connection. */
  *#event(statement: OctetsStatement | ClosedStatement): Steps {
    const { text } = statement
    const within = statement.kind === 'closed' ? statement.withinMs : undefined
    for (const until = this.#now + (within ?? this.scene.patienceMs); !this.#happened(statement);) {
      if (this.#now >= until) throw new ExpectationError('it did not happen', text, this.#noises())
      yield until
    }
    const octets = statement.kind === 'octets' ? this.#octets(statement) : undefined
    if (octets === undefined) this.#mailbox.ended--
    else octets.consumed = true
    this.#mark = this.#now
  }

  #happened(statement: OctetsStatement | ClosedStatement): boolean {
    return statement.kind === 'closed' ? this.#mailbox.ended > 0 : this.#octets(statement) !== undefined
  }

  #octets({ party, matching }: OctetsStatement): Noise | undefined {
    const pattern = new RegExp(matching, 's')
    return this.#mailbox.octets.find(
      (noise) => noise.party === party && !noise.consumed && pattern.test(noise.bytes),
    )
  }

  #noises(): string {
    return this.#mailbox.octets.map(({ bytes }) => JSON.stringify(bytes.slice(0, 40))).join(', ') || 'nothing'
  }

  /** What came that nobody had asked for, for reports. */
  #arrived(party: string): string {
    const rest = this.#mailbox.mails.filter((mail) => mail.party === party && !mail.consumed)
    return rest.length === 0
      ? 'nothing'
      : rest
          .slice(-5)
          .map((mail) => told(mail.message))
          .join(', ')
  }

  *#silence({ parties, pattern, forMs, text }: SilenceStatement): Steps {
    const from = this.#now
    const until = from + (forMs ?? this.scene.silenceMs)
    for (;;) {
      const noise = this.#mailbox.mails.find(
        (mail) =>
          (parties.length === 0 || parties.includes(mail.party)) &&
          (pattern === undefined ? this.#isNoise(mail, from) : !mail.consumed && fits(mail.message, pattern)),
      )
      if (noise !== undefined)
        throw new ExpectationError(`${noise.party} received what it must not`, text, told(noise.message))
      const octets = this.#mailbox.octets.find(
        ({ party, consumed }) => !consumed && (parties.length === 0 || parties.includes(party)),
      )
      if (octets !== undefined && pattern === undefined)
        throw new ExpectationError('received what is no message', text, this.#noises())
      if (this.#now >= until) break
      yield until
    }
    this.#mark = this.#now
  }

  /** Anything new; what came before counts unless it is a repetition or a 100. */
  #isNoise({ consumed, at, repeated, message }: Mail, from: Milliseconds): boolean {
    return !consumed && (at > from || !(repeated || message.status === 100))
  }

  *#oneOf({ alternatives, text }: OneOfStatement): Steps {
    const until = this.#now + this.scene.patienceMs
    for (;;) {
      for (const [first, ...more] of alternatives) {
        if (first === undefined || !this.#comesTrue(first)) continue
        yield* this.#statement(first)
        for (const statement of more) yield* this.#statement(statement)
        return
      }
      const quiet = alternatives.find(([first]) => first?.kind === 'silence')
      const limit =
        quiet?.[0]?.kind === 'silence' ? Math.min(until, this.#start(quiet[0].forMs, until)) : until
      if (this.#now >= limit) {
        if (quiet !== undefined) {
          for (const statement of quiet)
            yield* this.#statement({
              ...statement,
              ...(statement.kind === 'silence' ? { forMs: 0 } : {}),
            } as Statement)
          return
        }
        const parties = [...this.scene.places.keys()].map((party) => `${party}: ${this.#arrived(party)}`)
        throw new ExpectationError('none of the alternatives came true', text, parties.join('; '))
      }
      yield limit
    }
  }

  /** What begins an alternative has come, and its checks hold. */
  #comesTrue(statement: Statement): boolean {
    if (statement.kind === 'octets' || statement.kind === 'closed') return this.#happened(statement)
    const mail = statement.kind === 'receive' ? this.#next(statement) : undefined
    if (statement.kind !== 'receive' || mail === undefined) return false
    try {
      checkAll(mail, statement.checks, (value) => this.#sender.fill(value, statement.party))
      return true
    } catch (error) {
      if (error instanceof ExpectationError) return false
      throw error
    }
  }

  #start(forMs: Milliseconds | undefined, until: Milliseconds): Milliseconds {
    return until - this.scene.patienceMs + (forMs ?? this.scene.silenceMs)
  }
}

const SENDING = {
  kind: 'send',
  to: undefined,
  over: undefined,
  from: undefined,
  at: undefined,
  pieces: undefined,
  as: undefined,
  raw: undefined,
  file: undefined,
  times: undefined,
  text: '',
  changes: [],
} as const
const RECEIVING = {
  kind: 'receive',
  again: false,
  withinMs: undefined,
  afterMs: undefined,
  as: undefined,
  checks: [],
  text: '',
} as const
