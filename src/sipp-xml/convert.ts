// A scenario as steps: what SIPp is told message by message is said as what people do with phones. The other end of the
// scenario becomes a phone, too. What no step says stands as a remark at its place.

import { actionWords, type Remark } from './convert-words.js'
import type { Command, EregAction, RecvCommand, Scenario, SendCommand } from './program.js'

export interface Converted {
  /** Lines of a scenario, steps and remarks, without indentation. */
  readonly lines: readonly string[]
  /** How many commands and actions are said, and how many are only remarked. */
  readonly said: number
  readonly unsaid: number
}

/** Writes a scenario as steps between two phones, Caller and Callee. */
export function convertScenario(scenario: Scenario): Converted {
  return new Converter(scenario).convert()
}

const SELF_ACTING = new Set([
  'OPTIONS',
  'MESSAGE',
  'INFO',
  'SUBSCRIBE',
  'PUBLISH',
  'NOTIFY',
  'UPDATE',
  'PRACK',
])

class Converter {
  readonly #lines: string[] = []
  #said = 0
  #unsaid = 0
  /** The request that is under way, in either direction. */
  #request = ''
  #ringing = false
  #established = false
  #keyword = ''

  constructor(private readonly scenario: Scenario) {}

  convert(): Converted {
    const { commands, init } = this.scenario
    for (const command of init) this.#remark({ line: command.line, text: 'runs once before all calls' })
    for (const command of commands) this.#command(command)
    return { lines: this.#lines, said: this.#said, unsaid: this.#unsaid }
  }

  get #self(): string {
    return this.scenario.role === 'client' ? 'Caller' : 'Callee'
  }

  get #other(): string {
    return this.scenario.role === 'client' ? 'Callee' : 'Caller'
  }

  #command(command: Command): void {
    switch (command.kind) {
      case 'send':
        this.#send(command)
        break
      case 'recv':
        this.#receive(command)
        break
      case 'pause':
        this.#pause(command)
        break
      case 'nop':
        break
      default:
        this.#remark({ line: command.line, text: `${command.kind}: players do not talk to each other here` })
    }
    if (command.next !== undefined) this.#remark({ line: command.line, text: 'goes on elsewhere (next)' })
    this.#actions(command)
  }

  // ---- what the scenario sends ----

  #send(command: SendCommand): void {
    const { method, code } = command
    if (method !== undefined) this.#sendRequest(method, command)
    else this.#respond(code!, command)
  }

  #sendRequest(method: string, { line }: SendCommand): void {
    this.#request = method === 'ACK' ? this.#request : method
    if (method === 'ACK') return this.#implied()
    if (method === 'INVITE' && this.#established)
      return this.#remark({ line, text: 'a re-INVITE (see "sends a re-INVITE with the offer:")' })
    if (method === 'INVITE') return this.#step('When', `${this.#self} calls ${uriOf(this.#other)}`)
    if (method === 'BYE') return this.#step('When', `${this.#self} hangs up`)
    if (method === 'CANCEL') return this.#step('When', `${this.#self} cancels the call`)
    if (method === 'REGISTER') return this.#step('When', `${this.#self} registers`)
    if (SELF_ACTING.has(method)) {
      const within = this.#established ? 'within the call' : `to ${uriOf(this.#other)}`
      return this.#step('When', `${this.#self} sends the ${method} ${within}`)
    }
    this.#remark({ line, text: `sends ${method}` })
  }

  #respond(code: number, { line }: SendCommand): void {
    if (this.#request !== 'INVITE') return this.#answerOther(code)
    if (code === 100) return this.#implied()
    if (code === 180) return this.#ring(this.#self)
    if (code < 200) return this.#step('When', `${this.#self} sends ${code}`)
    if (code < 300) return this.#answer(this.#self)
    if (code < 400)
      return this.#remark({ line, text: `redirects with ${code} (see "redirects every call with ... to:")` })
    this.#reject(this.#self, code)
  }

  /** A response to something that a phone answers by itself. */
  #answerOther(code: number): void {
    if (this.#request === 'BYE') return this.#ended()
    if (this.#request === 'CANCEL')
      return code === 487 ? this.#step('Then', 'the call of Caller fails with 487') : this.#implied()
    this.#step('Then', `${this.#other} received at least 1 ${code}`)
  }

  // ---- what the scenario waits for ----

  #receive(command: RecvCommand): void {
    const { request, response, optional, line, pattern } = command
    if (pattern !== undefined)
      return this.#remark({ line, text: `takes what matches ${request ?? response}` })
    if (request !== undefined) this.#receiveRequest(request, line)
    else if (optional !== 'no') this.#implied()
    else this.#receiveResponse(Number(response), line)
    if (command.timeoutMs > 0) this.#remark({ line, text: `waits no longer than ${command.timeoutMs} ms` })
  }

  #receiveRequest(method: string, line: number): void {
    if (method === 'ACK') return this.#implied()
    this.#request = method
    if (method === 'INVITE') {
      this.#step('When', `${this.#other} calls ${uriOf(this.#self)}`)
      return this.#step('Then', `${this.#self} rings`)
    }
    if (method === 'BYE') return this.#step('When', `${this.#other} hangs up`)
    if (method === 'CANCEL') return this.#step('When', `${this.#other} cancels the call`)
    if (!SELF_ACTING.has(method)) return this.#remark({ line, text: `waits for ${method}` })
    const within = this.#established ? 'within the call' : `to ${uriOf(this.#self)}`
    this.#step('When', `${this.#other} sends the ${method} ${within}`)
  }

  #receiveResponse(code: number, line: number): void {
    switch (this.#request) {
      case 'INVITE':
        return this.#invited(code, line)
      case 'BYE':
        return this.#ended()
      case 'CANCEL':
        if (code !== 487) return this.#implied()
        return this.#step('Then', `the call of ${this.#self} fails with 487`)
      case 'REGISTER':
        return this.#registered(code, line)
      default:
        return this.#step('Then', `${this.#self} received at least 1 ${code}`)
    }
  }

  #invited(code: number, line: number): void {
    if (code === 100) return this.#implied()
    if (code === 180) return this.#ring(this.#other)
    if (code < 200) return this.#step('When', `${this.#other} sends ${code}`)
    if (code < 300) return this.#answer(this.#other)
    if (code === 401 || code === 407)
      return this.#remark({
        line,
        text: `a challenge (${code}): a phone with a password answers it by itself`,
      })
    if (code < 400) return this.#remark({ line, text: `a redirection (${code})` })
    this.#reject(this.#other, code)
  }

  #registered(code: number, line: number): void {
    if (code === 401 || code === 407)
      return this.#remark({
        line,
        text: `a challenge (${code}): a phone with a password answers it by itself`,
      })
    if (code < 300) return this.#step('Then', `the registration of ${this.#self} is accepted`)
    this.#step('Then', `the registration of ${this.#self} is refused with ${code}`)
  }

  // ---- what both ways come to ----

  #ring(who: string): void {
    if (!this.#ringing) this.#step('When', `${who} starts ringing`)
    this.#ringing = true
    this.#step('Then', 'Caller hears ringback')
  }

  #answer(who: string): void {
    this.#established = true
    this.#step('When', `${who} answers`)
    this.#step('Then', 'the call between Caller and Callee is established')
  }

  #reject(who: string, code: number): void {
    this.#step('When', `${who} rejects the call with ${code}`)
    this.#step('Then', `the call of Caller fails with ${code}`)
  }

  #ended(): void {
    this.#established = false
    this.#step('Then', 'the call between Caller and Callee has ended')
  }

  #pause(command: Extract<Command, { kind: 'pause' }>): void {
    const { distribution, timewait, line } = command
    if (timewait) return this.#implied()
    if (distribution?.kind === 'fixed') {
      if (distribution.value <= 0) return this.#implied()
      return this.#step('When', `${distribution.value} ms pass`)
    }
    this.#remark({ line, text: 'a pause whose length is not written down' })
  }

  // ---- actions ----

  #actions({ actions, kind, line }: Command): void {
    const checks =
      kind === 'recv'
        ? actions.filter((action): action is EregAction => action.kind === 'ereg' && isHeaderCheck(action))
        : []
    if (checks.length > 0) this.#headerChecks(checks)
    for (const action of actions)
      if (!checks.includes(action as EregAction)) this.#remark({ line, text: actionWords(action) })
  }

  /** Checked headers of the message that was received last. */
  #headerChecks(checks: readonly EregAction[]): void {
    const last = this.#lastReceived
    if (last === undefined) return
    this.#step('Then', `${this.#self} receives ${/^[AEIOU]/.test(last) ? 'an' : 'a'} ${last} with:`)
    this.#lines.push('  | header | check | value |')
    for (const { header, source } of checks)
      this.#lines.push(
        `  | ${header.replace(/:.*$/s, '')} | matches | /${source.replaceAll('|', '\\|').replaceAll('/', '\\/')}/ |`,
      )
    this.#said += checks.length - 1
  }

  get #lastReceived(): string | undefined {
    const receives = this.scenario.commands.filter(
      (command): command is RecvCommand => command.kind === 'recv',
    )
    const checked = receives.find(({ actions }) =>
      actions.some((action) => action.kind === 'ereg' && isHeaderCheck(action)),
    )
    return checked?.request ?? checked?.response
  }

  // ---- lines ----

  #step(keyword: 'Given' | 'When' | 'Then', text: string): void {
    this.#lines.push(`${keyword === this.#keyword ? 'And' : keyword} ${text}`)
    this.#keyword = keyword
    this.#said++
  }

  /** What phones do without being told. */
  #implied(): void {
    this.#said++
  }

  #remark({ line, text }: Remark): void {
    this.#lines.push(`# line ${line}: ${text.replace(/\s+/g, ' ')}`)
    this.#unsaid++
  }
}

function uriOf(name: string): string {
  return `sip:${name.toLowerCase()}@example.com`
}

/** A check that a header of what was received matches. */
function isHeaderCheck(action: EregAction): boolean {
  const { searchIn, checkIt, header, occurrence, source } = action
  return (
    searchIn === 'hdr' && checkIt && /^[\w-]+:/.test(header) && occurrence <= 1 && !source.includes('[[:')
  )
}

/** A feature of scenarios: the phones, and what each scenario says. */
export function featureText(
  title: string,
  scenarios: readonly { readonly name: string; readonly converted: Converted }[],
): string {
  const blocks = scenarios.map(({ name, converted }) => {
    const lines = converted.lines.map((line) => `    ${line}\n`).join('')
    return `\n  Scenario: ${name}\n${lines}`
  })
  return `Feature: ${title}\n\n${BACKGROUND}${blocks.join('')}`
}

const BACKGROUND = `  Background:
    Given the proxy serves the domain "example.com"
    And the phones:
      | name   | aor                    | address   |
      | Caller | sip:caller@example.com | 10.0.0.11 |
      | Callee | sip:callee@example.com | 10.0.0.12 |
    And Callee is registered
`
