// Control commands of usrloc (SER's FIFO): bindings shown, added and taken away by whoever runs the server.
//
// Rules kept: texts and their order are SER's; a dump is made while it is read, so that no size of a table blocks.

import type { Milliseconds } from '../../endpoint.js'
import type { Engine } from '../../proxy/engine.js'
import type { ControlAnswer, ControlRecord } from '../../proxy/module.js'
import type { Usrloc } from '../usrloc.js'
import { CONTACTS_MAX, type Contact, type Draft, type Table } from './table.js'

/** Lengths of what is read (SER). */
const TABLE_LENGTH_MAX = 128
const AOR_LENGTH_MAX = 256
const CONTACT_LENGTH_MAX = 128
/** Who adds a contact by hand has this Call-ID (SER). */
const CALL_ID = 'The-Answer-To-The-Ultimate-Question-Of-Life-Universe-And-Everything'
const CSEQ = 42
const EXPIRES_S_MAX = 2 ** 32

type Answer = (answer: ControlAnswer) => void
type StateOf = (engine: Engine) => Usrloc

const say = (code: number, reason: string, lines: readonly string[] = []): ControlAnswer => ({
  ...{ code, reason, lines },
})

/** What a command means by its first arguments. */
interface Meant {
  readonly name: string
  readonly table: Table | undefined
  /** As it is said, and as the table has it. */
  readonly user: string
  readonly aor: string
  readonly contact: string
}

/** How SER calls what is missing, by command; the others say "user name" and "user@domain". */
const USER_WORDS: Readonly<Record<string, readonly [user: string, full: string]>> = {
  ul_add: ['aor name', 'username@domain'],
  ul_rm: ['user name', 'username@domain'],
}

/** ... or what is wrong with them. */

function meant(
  command: string,
  state: Usrloc,
  args: readonly string[],
  needs: number,
): Meant | ControlAnswer {
  const [name = '', user = '', contact = ''] = args
  const expected = (what: string): ControlAnswer => say(400, `${command}: ${what} expected`)
  if (name === '' || name.length > TABLE_LENGTH_MAX) return expected('table name')
  const [userWord, fullWord] = USER_WORDS[command] ?? ['user name', 'user@domain']
  if (user === '' || user.length > AOR_LENGTH_MAX) return expected(userWord)
  const at = user.indexOf('@')
  if (state.usesDomain && at < 0) return expected(fullWord)
  if (needs > 2 && (contact === '' || contact.length > CONTACT_LENGTH_MAX)) return expected('contact')
  const aor = (state.usesDomain || at < 0 ? user : user.slice(0, at)).toLowerCase()
  return { name, table: state.named(name), user: aor + user.slice(aor.length), aor, contact }
}

const isAnswer = (one: Meant | ControlAnswer): one is ControlAnswer => 'code' in one

/** The control commands; `stateOf` finds usrloc's state. */
export function usrlocControls(stateOf: StateOf): Readonly<Record<string, ControlRecord>> {
  return {
    ul_stats: {
      about: 'addresses of record and expired bindings of each table',
      args: [],
      call: (engine, _args, answer) => {
        const rows = [...stateOf(engine).namedTables()].map(
          ({ name, size, expired }) => `'${name}' ${size} ${expired}`,
        )
        answer(say(200, 'ok', ['Domain Registered Expired', ...rows]))
      },
    },
    ul_dump: {
      about: 'all tables with all bindings',
      args: [],
      call: (engine, _args, answer) =>
        answer({ code: 200, reason: 'ok', lines: dump(engine, stateOf(engine)) }),
    },
    ul_flush: {
      about: 'writes to the database what waits for the timer',
      args: [],
      call: (engine, _args, answer) => {
        stateOf(engine).flush()
        answer({ code: 200, reason: 'ul_flush completed', isBare: true })
      },
    },
    ul_show_contact: {
      about: 'the contacts that count now',
      args: ['table', 'aor'],
      call: (engine, args, answer) => answer(shown(engine, stateOf(engine), args)),
    },
    ul_add: {
      about: 'adds a contact; expires in seconds from now',
      args: ['table', 'aor', 'contact', 'expires', 'q', 'replicate'],
      call: (engine, args, answer) => add(engine, stateOf(engine), args, answer),
    },
    ul_rm: {
      about: 'takes away all contacts of an address of record',
      args: ['table', 'aor'],
      call: (engine, args, answer) => removeAll(engine, stateOf(engine), args, answer),
    },
    ul_rm_contact: {
      about: 'takes away one contact',
      args: ['table', 'aor', 'contact'],
      call: (engine, args, answer) => removeOne(engine, stateOf(engine), args, answer),
    },
  }
}

function shown(engine: Engine, state: Usrloc, args: readonly string[]): ControlAnswer {
  const asked = meant('ul_show_contact', state, args, 2)
  if (isAnswer(asked)) return asked
  const { table, name, user, aor } = asked
  if (table === undefined) return say(400, `table (${name}) not found`)
  if (table.bindings(aor).length === 0) return say(404, `Username ${user} in table ${name} not found`)
  const usable = table.usable(aor, engine.now)
  if (usable.length === 0) return say(404, 'No registered contacts found')
  const lines = usable.map(
    (contact) => `<${contact.uri}>;q=${qText(contact)};expires=${secondsLeft(contact, engine.now)}`,
  )
  return say(200, 'OK', lines)
}

/** Carries a draft out, on the disk first where that is wanted, and answers. */
function settle(engine: Engine, state: Usrloc, draft: Draft, done: (isDone: boolean) => void): void {
  const result = state.commit(draft, (isDone) => {
    done(isDone)
    return 1
  })
  engine.settle(result, () => undefined)
}

function removeAll(engine: Engine, state: Usrloc, args: readonly string[], answer: Answer): void {
  const asked = meant('ul_rm', state, args, 2)
  if (isAnswer(asked)) return answer(asked)
  const { table, name, user, aor } = asked
  if (table === undefined) return answer(say(400, `table (${name}) not found`))
  const draft = table.draft(aor)
  if (draft.contacts.length > 0) draft.removeAll()
  settle(engine, state, draft, (isDone) =>
    answer(
      isDone ? say(200, `user (${name}, ${user}) deleted`) : say(500, `Error while deleting user ${user}`),
    ),
  )
}

function removeOne(engine: Engine, state: Usrloc, args: readonly string[], answer: Answer): void {
  const asked = meant('ul_rm_contact', state, args, 3)
  if (isAnswer(asked)) return answer(asked)
  const { table, name, user, aor, contact } = asked
  if (table === undefined) return answer(say(400, `table (${name}) not found`))
  const draft = table.draft(aor)
  if (draft.contacts.length === 0) return answer(say(404, `Username ${user} in table ${name} not found`))
  const found = draft.contacts.find(({ uri }) => uri === contact)
  if (found === undefined) return answer(say(404, `Contact ${contact} in table ${name} not found`))
  draft.remove(found)
  settle(engine, state, draft, (isDone) =>
    answer(
      isDone
        ? say(200, `Contact (${user}, ${contact}) deleted from table ${name}`)
        : say(500, `ul_rm_contact: Error while deleting contact ${contact}`),
    ),
  )
}

function add(engine: Engine, state: Usrloc, args: readonly string[], answer: Answer): void {
  const asked = meant('ul_add', state, args, 3)
  if (isAnswer(asked)) return answer(asked)
  const missing = NUMBERS.find((_, at) => (args[NUMBERS_AT + at] ?? '') === '')
  if (missing !== undefined) return answer(say(400, `ul_add: ${missing} expected`))
  const { table, name, aor, contact: uri } = asked
  if (table === undefined) {
    const hint = `use save("${name}") or lookup("${name}") in the configuration script first`
    return answer(say(400, `Table '${name}' not found in memory, ${hint}`))
  }
  const wrong = wrongNumber(args)
  if (wrong !== undefined) return answer(say(400, wrong))
  const draft = table.draft(aor)
  const former = draft.contacts.find((one) => one.uri === uri)
  const hasRoom = former !== undefined || (draft.contacts.length < CONTACTS_MAX && state.hasRoom(table, 1))
  const failed = say(500, 'Error while adding contact', [` ('${aor}','${uri}') in table '${name}'`])
  if (!hasRoom || Number(args[NUMBERS_AT]) === 0) return answer(failed)
  const fresh = newContact(engine, uri, args)
  if (former === undefined) draft.insert(fresh)
  else draft.touched(Object.assign(former, fresh))
  settle(engine, state, draft, (isDone) =>
    answer(isDone ? say(200, 'Added to table', [`('${aor}','${uri}') to '${name}'`]) : failed),
  )
}

/** What comes behind the contact. */
const NUMBERS = ['expires', 'q', 'replicate']
const NUMBERS_AT = 3

function wrongNumber([, , , expires = '', q = '', replicate = '']: readonly string[]): string | undefined {
  if (!/^\d{1,10}$/.test(expires) || Number(expires) > EXPIRES_S_MAX) return 'Invalid expires format'
  if (!/^(?:[01]|[01]?\.\d{1,6})$/.test(q) || Number(q) > 1) return 'Invalid q format'
  return /^\d{1,10}$/.test(replicate) ? undefined : 'Invalid replicate format'
}

function newContact(engine: Engine, uri: string, args: readonly string[]): Contact {
  return {
    uri,
    expiresAt: engine.now + Number(args[3]) * 1000,
    q: Math.round(Number(args[4]) * 1000),
    ...{ callId: CALL_ID, cseq: CSEQ, flags: 0, userAgent: 'SER FIFO' },
    received: undefined,
  }
}

// ---- the dump ----

const qText = ({ q = 0 }: Contact): string => (q / 1000).toFixed(2)

function secondsLeft({ expiresAt }: Contact, now: Milliseconds): number {
  // As the registrar tells it.
  return Math.ceil((expiresAt - now) / 1000)
}

/** Where SER shows addresses in memory we have none. */
const NO_POINTER = '(nil)'

function* dump({ now }: Engine, state: Usrloc): Iterable<string> {
  yield '===Domain list==='
  for (const table of state.namedTables()) {
    yield* ['---Domain---', `name : '${table.name}'`, `size : ${table.size}`, `table: ${NO_POINTER}`]
    yield* ['d_ll {', `    n    : ${table.size}`, `    first: ${NO_POINTER}`, `    last : ${NO_POINTER}`, '}']
    if (table.size > 0) {
      yield ''
      for (const [aor, contacts] of table.all()) yield* record(table.name, aor, contacts, now)
      yield ''
    }
    yield '---/Domain---'
  }
  yield '===/Domain list==='
}

function* record(
  table: string,
  aor: string,
  contacts: readonly Contact[],
  now: Milliseconds,
): Iterable<string> {
  yield* [`...Record(${NO_POINTER})...`, `domain: '${table}'`, `aor   : '${aor}'`]
  for (const contact of contacts) {
    yield* [`~~~Contact(${NO_POINTER})~~~`, `domain    : '${table}'`, `aor       : '${aor}'`]
    yield* [`Contact   : '${contact.uri}'`, `Expires   : ${secondsLeft(contact, now)}`]
    yield* [`q         : ${qText(contact).padStart(10)}`, `Call-ID   : '${contact.callId}'`]
    yield* [`CSeq      : ${contact.cseq}`, 'replic    : 0', `User-Agent: '${contact.userAgent}'`]
    yield* ['State     : CS_SYNC', `Flags     : ${contact.flags}`]
    yield* [`next      : ${NO_POINTER}`, `prev      : ${NO_POINTER}`, '~~~/Contact~~~~']
  }
  yield '.../Record...'
}
