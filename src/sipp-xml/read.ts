// Scenario files into programs: the document, its declarations, and what must hold of the whole. Nothing here throws
// at what a file says: every objection is a finding with its place.

import { Attributes } from './attributes.js'
import { cleanCdata } from './cdata.js'
import { Findings, type Finding } from './findings.js'
import { DEFAULT_MESSAGES, type Command, type DefaultMessage, type Scenario } from './program.js'
import { readCommand, type ReadState } from './read-commands.js'
import { ReadContext } from './read-context.js'
import { COMMANDS_MAX } from './sizes.js'
import type { Template } from './template.js'
import type { XmlElement } from './xml-tree.js'
import { readXml } from './xml.js'

export interface ReadScenario {
  /** undefined when there is an error among the findings. */
  readonly scenario: Scenario | undefined
  readonly findings: readonly Finding[]
}

/** Reads a scenario file's octets. `file` is its name, for the player's own files and messages. */
export function readScenario(bytes: string, file: string): ReadScenario {
  const findings = new Findings()
  const root = readXml(bytes, findings)
  const scenario = root === undefined ? undefined : new ScenarioReader(file, findings).read(root)
  return { scenario: findings.hasErrors ? undefined : scenario, findings: findings.list }
}

class ScenarioReader {
  readonly #commands: Command[] = []
  readonly #init: Command[] = []
  readonly #labels = new Map<string, number>()
  readonly #initLabels = new Map<string, number>()
  readonly #defaults: Partial<Record<DefaultMessage, Template>> = {}
  readonly #context: ReadContext
  readonly #state: ReadState = { methods: '', wasOptional: false, hidesRest: false }
  #responseTimes: readonly number[] = []
  #callLengths: readonly number[] = []

  constructor(
    private readonly file: string,
    private readonly findings: Findings,
  ) {
    this.#context = new ReadContext(findings)
  }

  read(root: XmlElement): Scenario | undefined {
    if (root.name !== 'scenario') {
      this.findings.error('structure', root, `the file begins with <${root.name}>`, 'it must be <scenario>')
      return undefined
    }
    const attributes = new Attributes(root, this.findings)
    const name = attributes.text('name') ?? ''
    attributes.complainOfOthers()
    for (const element of root.children) this.#element(element)
    this.#resolveJumps()
    this.#context.symbols.judge()
    if (this.#commands.length === 0) this.findings.error('structure', root, 'there is no message in it')
    return this.findings.hasErrors ? undefined : this.#scenario(name)
  }

  #element(element: XmlElement): void {
    const attributes = new Attributes(element, this.findings)
    const declare = Object.hasOwn(DECLARATIONS, element.name) ? DECLARATIONS[element.name] : undefined
    if (declare !== undefined) {
      this.#declaration(declare, attributes)
      attributes.complainOfOthers()
    } else this.#command(element)
  }

  #command(element: XmlElement): void {
    const last = this.#commands.at(-1)
    if (last?.kind === 'pause' && last.timewait)
      this.findings.error('order', element, '<timewait> must be the last message')
    if (this.#commands.length === COMMANDS_MAX)
      return this.findings.error('too-large', element, `more than ${COMMANDS_MAX} messages`)
    const command = readCommand(element, this.#commands.length, this.#context, this.#state)
    if (command !== undefined) this.#commands.push(command)
    else this.findings.error('structure', element, `a scenario knows no <${element.name}>`)
  }

  #declaration(kind: Declaration, attributes: Attributes): void {
    const { element } = attributes
    const { symbols } = this.#context
    switch (kind) {
      case 'label':
        return this.#label(this.#labels, this.#commands.length, attributes)
      case 'init':
        return this.#readInit(element)
      case 'global':
      case 'user':
        return attributes.names('variables').forEach((name) => symbols.declare(name, kind, element))
      case 'reference':
        return attributes.names('variables').forEach((name) => symbols.reference(name, element))
      case 'response-times':
        this.#responseTimes = edges(attributes)
        return
      case 'call-lengths':
        this.#callLengths = edges(attributes)
        return
      case 'default-message':
        return this.#defaultMessage(attributes)
      case 'info':
        return
    }
  }

  #label(labels: Map<string, number>, index: number, attributes: Attributes): void {
    const id = attributes.required('id')
    if (labels.has(id)) attributes.error('label', `the label ${id} stands twice`)
    labels.set(id, index)
  }

  /** Only nops and labels, with labels of their own. */
  #readInit(init: XmlElement): void {
    const from = this.#context.jumps.length
    for (const element of init.children) {
      if (element.name === 'nop') {
        const command = readCommand(element, this.#init.length, this.#context, this.#state)
        if (command !== undefined) this.#init.push(command)
      } else if (element.name === 'label')
        this.#label(this.#initLabels, this.#init.length, new Attributes(element, this.findings))
      else
        this.findings.error('structure', element, `<init> knows no <${element.name}>`, 'only nop and label')
    }
    this.#resolve(this.#context.jumps.splice(from), this.#initLabels)
  }

  #defaultMessage(attributes: Attributes): void {
    const id = attributes.required('id')
    const known = DEFAULT_MESSAGES.find((name) => name === id)
    const { cdata, cdataLine } = attributes.element
    if (known === undefined)
      attributes.error('attribute', `no default message ${id}`, DEFAULT_MESSAGES.join(', '))
    else if (cdata === undefined || cdata.trim() === '')
      attributes.error('structure', '<DefaultMessage> has no text', 'write <![CDATA[ ... ]]> in it')
    else this.#defaults[known] = this.#context.template(cleanCdata(cdata), { line: cdataLine, column: 1 })
  }

  #resolveJumps(): void {
    this.#resolve(this.#context.jumps, this.#labels)
  }

  #resolve(jumps: ReadContext['jumps'], labels: ReadonlyMap<string, number>): void {
    for (const { label, place, resolve } of jumps) {
      const index = labels.get(label)
      if (index === undefined) this.findings.error('label', place, `there is no label ${label}`)
      else resolve(index)
    }
  }

  #scenario(name: string): Scenario {
    const { symbols, userKeywords, mediaFiles } = this.#context
    const commands = this.#commands
    const actions = [...commands, ...this.#init].flatMap((command) => command.actions)
    const twin = commands.find(({ kind }) => kind === 'sendCmd' || kind === 'recvCmd')?.kind
    const first = commands.find(({ kind }) => kind !== 'pause' && kind !== 'nop')?.kind ?? 'send'
    return {
      ...{
        name,
        file: this.file,
        commands,
        init: this.#init,
        labels: this.#labels,
        defaults: this.#defaults,
      },
      variables: symbols.variables.map(({ name, scope }) => ({ name, scope })),
      transactions: symbols.transactions.map(({ name, isInvite }) => ({ name, isInvite })),
      role: first === 'send' || first === 'sendCmd' ? 'client' : 'server',
      twin: twin as Scenario['twin'],
      ...{ timers: symbols.timers, counters: symbols.counters },
      ...{ responseTimes: this.#responseTimes, callLengths: this.#callLengths },
      returnAddress: symbols.find('_unexp.retaddr'),
      pausedAddress: symbols.find('_unexp.pausedaddr'),
      ...{ userKeywords: [...userKeywords], mediaFiles: [...mediaFiles] },
      usesMedia: actions.some(({ kind }) => /^(?:play_|rtp_)/.test(kind)),
      usesShell: actions.some(({ kind }) => kind === 'shell'),
    }
  }
}

type Declaration =
  | 'label'
  | 'init'
  | 'global'
  | 'user'
  | 'reference'
  | 'response-times'
  | 'call-lengths'
  | 'default-message'
  | 'info'

const DECLARATIONS: Readonly<Record<string, Declaration>> = {
  label: 'label',
  init: 'init',
  Global: 'global',
  User: 'user',
  Reference: 'reference',
  ResponseTimeRepartition: 'response-times',
  CallLengthRepartition: 'call-lengths',
  DefaultMessage: 'default-message',
  info: 'info',
}

const EDGES_MAX = 1000

/** "10, 20, 30" */
function edges(attributes: Attributes): number[] {
  return attributes
    .required('value')
    .split(',')
    .slice(0, EDGES_MAX)
    .map(Number)
    .filter((edge) => Number.isFinite(edge))
}
