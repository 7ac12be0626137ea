// Plays a case against a server: all its parties are one endpoint. The play is a generator that stops where it must wait,
// so that it needs neither a promise nor a timer; what was expected and did not come is the verdict.

import type { Endpoint, Input, Milliseconds, Output } from '../../endpoint.js'
import { ExpectationError, Malformed } from '../../errors.js'
import { parseMessage } from '../../sip/message.js'
import { checkAll, judge } from './checks.js'
import type {
  HeaderChange,
  OneOfStatement,
  Play,
  ReceiveStatement,
  SendStatement,
  SilenceStatement,
  Statement,
} from './case.js'
import { draftRequest, draftResponse, last, write } from './compose.js'
import { Mailbox, type Mail } from './mailbox.js'
import { fits, isFinalFor, told } from './pattern.js'
import type { Heard } from './path.js'
import { fill, unescapeOctets, type Scene } from './scene.js'

export interface Verdict {
  readonly passed: boolean
  /** What was expected and what came instead; '' when it passed. */
  readonly text: string
  /** The statement that failed, in the case file. */
  readonly line: number
}

/** Until when the play waits. */
type Steps = Generator<Milliseconds, void, void>

export class CasePlayer implements Endpoint {
  verdict: Verdict | undefined
  readonly #mailbox: Mailbox
  readonly #steps: Steps
  #outputs: Output[] = []
  #until: Milliseconds | undefined
  #now: Milliseconds
  #line = 0
  /** Parties that acknowledge only what the play says. */
  readonly #byHand = new Set<string>()
  /** When the statement before was true. */
  #mark: Milliseconds

  constructor(
    readonly scene: Scene,
    play: Play,
    now: Milliseconds,
  ) {
    this.#now = this.#mark = this.#until = now
    this.#mailbox = new Mailbox(scene)
    this.#steps = this.#run(play)
  }

  get deadline(): Milliseconds | undefined {
    return this.verdict === undefined ? this.#until : undefined
  }

  step(input: Input, now: Milliseconds): Output[] {
    this.#now = now
    if (input.type === 'packet') for (const mail of this.#mailbox.take(input, now)) this.#acknowledge(mail)
    if (input.type === 'closed') this.#mailbox.closed(input.connection)
    if (this.verdict === undefined) this.#advance()
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
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

  // ---- what arrives ----

  /** A failure response to an INVITE is acknowledged by itself, each time it comes (RFC 3261 §17.1.1.2). */
  #acknowledge({ message, party, transport }: Mail): void {
    const memory = this.#mailbox.memory(party)
    if (message.isRequest || message.status < 300 || message.cseqMethod !== 'INVITE') return
    const invite = last(
      memory.sent,
      (one) =>
        one.message.isRequest && one.message.method === 'INVITE' && one.message.callId === message.callId,
    )
    if (invite === undefined || this.#byHand.has(party)) return
    const draft = draftRequest(
      'ACK',
      undefined,
      transport,
      { ...memory, sent: [invite], received: [{ ...invite, message }] },
      this.scene,
    )
    this.#put(party, transport === 'tcp' ? 'tcp' : 'udp', write(draft, []), undefined)
  }

  // ---- the play ----

  *#run(play: Play): Steps {
    for (const statement of play) yield* this.#statement(statement)
  }

  *#statement(statement: Statement): Steps {
    this.#line = statement.line
    switch (statement.kind) {
      case 'send':
        return this.#send(statement)
      case 'repeat':
        return this.#repeat(statement.party, statement.what)
      case 'receive':
        return yield* this.#receive(statement)
      case 'silence':
        return yield* this.#silence(statement)
      case 'one of':
        return yield* this.#oneOf(statement)
      case 'wait':
        return yield* this.#wait(statement.forMs)
      case 'check':
        return judge(
          this.#fill(statement.left, ''),
          statement.check,
          this.#fill(statement.check.value, ''),
          statement.left,
        )
      case 'register':
        return yield* this.#register(statement.party, statement.changes, statement.line)
      case 'call':
        return yield* this.#call(statement.party, statement.other!, statement.changes, statement.line)
      case 'close':
        return this.#close(statement.party)
      case 'by hand':
        this.#byHand.add(statement.party)
        return
      case 'dns':
        return
    }
  }

  *#wait(forMs: Milliseconds): Steps {
    for (const until = this.#now + forMs; this.#now < until;) yield until
    this.#mark = this.#now
  }

  *#register(party: string, changes: readonly HeaderChange[], line: number): Steps {
    this.#send({ ...SENDING, party, what: 'REGISTER', changes, line })
    yield* this.#receive({ ...RECEIVING, party, pattern: '200', line })
  }

  *#call(caller: string, callee: string, changes: readonly HeaderChange[], line: number): Steps {
    this.#send({ ...SENDING, party: caller, what: 'INVITE', to: callee, changes, line })
    yield* this.#receive({ ...RECEIVING, party: callee, pattern: 'INVITE', line })
    this.#send({ ...SENDING, party: callee, what: '200', line })
    yield* this.#receive({ ...RECEIVING, party: caller, pattern: '200', line })
    this.#send({ ...SENDING, party: caller, what: 'ACK', line })
    yield* this.#receive({ ...RECEIVING, party: callee, pattern: 'ACK', line })
  }

  // ---- sending ----

  #fill(text: string, party: string): string {
    return fill(text, this.scene, (name) => this.#mailbox.heard(name, party))
  }

  #send(statement: SendStatement): void {
    const { party, what, to, as, raw } = statement
    const memory = this.#mailbox.memory(party)
    const isResponse = what !== undefined && /^\d/.test(what)
    const request = isResponse ? this.#requestFor(party, to) : undefined
    const over = statement.over ?? (request?.transport === 'tcp' ? 'tcp' : 'udp')
    const changes = statement.changes.map((change) => ({
      ...change,
      value: unescapeOctets(this.#fill(change.value, party)),
    }))
    const uri = to === undefined ? undefined : this.scene.places.has(to) ? to : this.#fill(to, party)
    const text =
      raw !== undefined
        ? this.#raw(raw, party)
        : request !== undefined
          ? write(draftResponse(what!, request.message, over, party, this.scene), changes)
          : write(draftRequest(what!, uri, over, memory, this.scene), changes)
    this.#put(party, over, text, request, as)
  }

  /** {length} is the octets behind the empty line, {vias} the Via lines of the request that is answered. */
  #raw(raw: string, party: string): string {
    const vias =
      this.#mailbox
        .heard('request', party)
        ?.message.headersNamed('Via')
        .map((value) => `Via: ${value}`)
        .join('\r\n') ?? ''
    const text = unescapeOctets(
      this.#fill(raw.replaceAll('{vias}', vias).replaceAll('{length}', '\0length\0'), party),
    )
    const end = text.indexOf('\r\n\r\n')
    const whole = end < 0 ? `${text}\r\n\r\n` : text
    return whole.replaceAll('\0length\0', String(end < 0 ? 0 : text.length - end - 4))
  }

  #requestFor(party: string, to: string | undefined): Heard {
    const named = this.#mailbox.heard(to ?? '', party)
    const { received } = this.#mailbox.memory(party)
    const request =
      named ??
      last(
        received,
        ({ message }) =>
          message.isRequest && (to === undefined ? message.method !== 'ACK' : message.method === to),
      )
    if (request === undefined) throw new Error(`${party} has no request to answer`)
    return request
  }

  #repeat(party: string, what: string): void {
    const { sent } = this.#mailbox.memory(party)
    const former = this.#mailbox.heard(what, party) ?? last(sent, ({ message }) => fits(message, what))
    if (former === undefined) throw new Error(`${party} has sent no ${what}`)
    this.#put(party, former.transport === 'tcp' ? 'tcp' : 'udp', former.message.text, former)
  }

  /** A response goes where its request came from. */
  #put(party: string, over: 'udp' | 'tcp', bytes: string, answered: Heard | undefined, as?: string): void {
    const local = this.scene.places.get(party)!
    const isAnswer = answered !== undefined && answered.party === party && answered.target.port === local.port
    const remote =
      isAnswer && answered.message.isRequest && answered.source.port !== local.port
        ? answered.source
        : this.scene.server
    const connection =
      over === 'tcp' ? (answered?.connection ?? this.#mailbox.connectionOf(party)) : undefined
    const send = { type: 'send', transport: over, local, remote, bytes } as const
    this.#outputs.push(connection === undefined ? send : { ...send, connection })
    const message = parseMessage(bytes)
    if (message instanceof Malformed) return
    const heard: Heard = {
      message,
      at: this.#now,
      party,
      transport: over,
      source: local,
      target: remote,
      connection,
    }
    this.#mailbox.sent(heard, as)
    this.#mark = this.#now
  }

  #close(party: string): void {
    const connection = this.#mailbox.connectionOf(party)
    if (connection !== undefined) this.#outputs.push({ type: 'close', connection })
    this.#mailbox.forget(party)
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
    checkAll(mail, checks, (value) => this.#fill(value, party))
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
        if (first?.kind !== 'receive' || this.#next(first) === undefined) continue
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

  #start(forMs: Milliseconds | undefined, until: Milliseconds): Milliseconds {
    return until - this.scene.patienceMs + (forMs ?? this.scene.silenceMs)
  }
}

const SENDING = {
  kind: 'send',
  to: undefined,
  over: undefined,
  as: undefined,
  raw: undefined,
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
