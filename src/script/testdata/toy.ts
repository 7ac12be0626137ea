// A small vocabulary for the tests of the language: commands and functions that only note that they ran.

import type { Answer } from '../../endpoint.js'
import { bindScript, type Program } from '../bind.js'
import {
  EXPRESSION_ERROR,
  type CommandRecord,
  type FunctionRecord,
  type ModuleWords,
  type Result,
  type Vocabulary,
  type Waiting,
} from '../contract.js'
import { parseScript } from '../parser.js'

/** What a run works on, and what it did. */
export interface Toy {
  readonly heard: string[]
  readonly method: string
  readonly uri: string
  readonly source: string
  readonly port: number
}

export function toy(change: Partial<Toy> = {}): Toy {
  return { heard: [], method: 'INVITE', uri: 'sip:bob@example.com', source: '10.0.0.1', port: 5060, ...change }
}

type ToyFunction = FunctionRecord<Toy>

function returning(value: number, routes: ToyFunction['routes'] = ['request', 'failure', 'onreply']): ToyFunction {
  return { args: [], routes, about: `returns ${value}`, call: () => value }
}

function wait(_toy: Toy, value: number): Result {
  return {
    question: { kind: 'query', database: String(value), queries: [] },
    resume: () => value,
  }
}

/** Notes what it is called with; returns 1. */
function noting(name: string): CommandRecord<Toy>['call'] {
  return (context: Toy, ...args: unknown[]) => {
    const given = args.filter((arg) => arg !== undefined)
    context.heard.push(`${name}(${given.map((arg) => shown(arg)).join(',')})`)
    return 1
  }
}

function shown(value: unknown): string {
  if (typeof value === 'symbol' || value instanceof RegExp) return value.toString()
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const EVERYWHERE: ToyFunction['routes'] = ['request', 'failure', 'onreply']

const main: ModuleWords<Toy> = {
  name: 'main_module',
  file: 'main',
  params: {
    size: { kind: 'integer', initial: 3, about: 'a number' },
    label: { kind: 'string', initial: undefined, about: 'a text' },
  },
  functions: {
    good: returning(1),
    bad: returning(-1),
    stop: returning(0),
    request_only: returning(1, ['request']),
    wait: { args: ['integer'], routes: EVERYWHERE, about: 'returns its argument after an answer', call: wait },
    mark: { args: ['string'], routes: EVERYWHERE, about: 'notes its argument', call: noting('mark') },
    search: { args: ['regex'], routes: EVERYWHERE, about: 'takes a pattern', call: noting('search') },
    subst: { args: ['substitution'], routes: EVERYWHERE, about: 'takes a substitution', call: noting('subst') },
    optional: { args: ['string', 'integer'], optional: 1, routes: EVERYWHERE, about: 'one or two', call: noting('optional') },
    on_failure: { args: ['failure_route'], routes: ['request'], about: 'arms', call: noting('on_failure') },
    on_reply: { args: ['onreply_route'], routes: ['request'], about: 'arms', call: noting('on_reply') },
    even: {
      args: [{ name: 'even', fix: evenNumber }],
      routes: EVERYWHERE,
      about: 'takes an even number',
      call: noting('even'),
    },
  },
}

function evenNumber(text: string): number {
  const number = Number(text)
  if (number % 2 !== 0) throw new Error('bad number')
  return number
}

const other: ModuleWords<Toy> = {
  name: 'other',
  file: 'other',
  params: { size: { kind: 'integer', initial: 1, about: 'a number' } },
  functions: { other_thing: returning(1) },
}

function command(forms: CommandRecord<Toy>['forms'], name: string): CommandRecord<Toy> {
  return { forms, about: `${name} notes itself`, call: noting(name) }
}

export const TOYS: Vocabulary<Toy> = {
  options: {
    debug: { kind: 'integer', about: 'threshold' },
    check_via: { kind: 'boolean', about: 'a switch' },
    fork: { kind: 'boolean', about: 'a switch', instead: 'nothing is forked' },
    fifo: { kind: 'string', about: 'a path' },
    log_facility: { kind: 'identifier', about: 'a name' },
    listen: { kind: 'ids', repeatable: true, about: 'addresses' },
    alias: { kind: 'ids', repeatable: true, about: 'names' },
    port: { kind: 'integer', about: 'a port' },
    fifo_mode: { kind: 'integer', aliases: ['sock_mode'], about: 'permissions' },
  },
  commands: {
    break: { forms: [[]], bare: true, about: 'stops', aliases: ['drop'], call: () => 0 },
    log: command([['string'], ['number', 'string']], 'log'),
    setflag: command([['number']], 'setflag'),
    forward: command([['host-or-uri:host'], ['host-or-uri:host', 'port-or-uri:port']], 'forward'),
    send: command([['host'], ['host', 'number']], 'send'),
    append_branch: { ...command([[], ['string']], 'append_branch'), bare: true },
    rewriteuri: { ...command([['string']], 'rewriteuri'), aliases: ['seturi'] },
    force_send_socket: command([['socket']], 'force_send_socket'),
  },
  operands: {
    method: { kind: 'string', about: 'a text', get: ({ method }) => method },
    uri: {
      kind: 'string',
      aliases: ['status'],
      about: 'a text that may be ours',
      get: ({ uri }) => uri,
      myself: ({ uri }) => (uri.startsWith('sip:') ? uri.endsWith('@example.com') : EXPRESSION_ERROR),
    },
    src_ip: { kind: 'ip', about: 'an address', get: ({ source }) => source, myself: ({ source }) => source === '10.0.0.9' },
    src_port: { kind: 'number', about: 'a number', get: ({ port }) => port },
    proto: { kind: 'number', about: 'a number', get: () => 1 },
    'msg:len': { kind: 'number', about: 'a number', get: () => 700 },
  },
  modules: [main, other],
  missing: { jabber: 'use a gateway' },
  log: ({ heard }, level, text) => heard.push(`log ${level} ${text}`),
}

/** Loads a script; the module main needs no loadmodule line. */
export function load(text: string, vocabulary: Vocabulary<Toy> = TOYS): Program<Toy> {
  const script = parseScript(text, 'toy.cfg')
  const place = { file: 'toy.cfg', line: 1, column: 1 }
  const modules = [{ kind: 'loadmodule' as const, place, path: 'main.so' }, ...script.modules]
  return bindScript({ ...script, modules }, vocabulary)
}

/** Answers every question until the run has ended. */
export function settle(result: Result, answer: (question: Waiting['question']) => Answer): number {
  let state = result
  while (typeof state !== 'number') state = state.resume(answer(state.question))
  return state
}

export const NOTHING: Answer = { kind: 'failure', reason: 'not there' }
