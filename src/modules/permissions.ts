// SER module permissions: who may send what where, by allow and deny files (rules.ts), or by a table of trusted peers.
//
// Allowed is what an allow rule covers, and what no deny rule covers. Addresses are compared as sip:user@host.

import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ControlRecord, ModuleHooks, ModuleRecord, Parameters } from '../proxy/module.js'
import type { FunctionRecord, Result, Value, Waiting } from '../script/contract.js'
import { parseNameAddr } from '../sip/name-addr.js'
import { Header } from '../sip/names.js'
import { plainUri } from './permissions/addresses.js'
import { callsOf, pathOf } from './permissions/files.js'
import { isCovered, parseRules, type Rule } from './permissions/rules.js'
import { TrustedPeers } from './permissions/trusted.js'

const WARNING = 1
const CONTROLLED = ['allow_routing', 'allow_register', 'allow_refer_to']

/** What an allow file and a deny file say. */
interface Policy {
  readonly allow: readonly Rule[]
  readonly deny: readonly Rule[]
}

class Permissions implements ModuleHooks {
  readonly trusted: TrustedPeers
  readonly #policies = new Map<string, Policy>()

  constructor(
    private readonly engine: Engine,
    private readonly params: Parameters,
  ) {
    this.trusted = new TrustedPeers(engine, params)
    for (const args of callsOf(engine.program.script, CONTROLLED)) this.#read(this.#files(args))
  }

  preload(): readonly Waiting[] {
    return this.trusted.caches ? [this.trusted.load(() => undefined)] : []
  }

  /** Of no argument, one, or two. */
  #files([first, second]: readonly (string | undefined)[]): readonly [allow: string, deny: string] {
    const { default_allow_file, default_deny_file, allow_suffix, deny_suffix } = this.params
    if (first === undefined) return [String(default_allow_file), String(default_deny_file)]
    if (second === undefined) return [first + String(allow_suffix), first + String(deny_suffix)]
    return [first, second]
  }

  #read(files: readonly [string, string]): void {
    const { engine } = this
    const paths = files.map((name) => pathOf(name, engine.program.script.file))
    const texts = paths.map((path) => engine.readFile(path))
    if (texts.every((text) => text === undefined))
      engine.log(WARNING, `WARNING: permissions: neither ${paths.join(' nor ')} is there: all is allowed`)
    const [allow = [], deny = []] = texts.map((text, at) => parseRules(text ?? '', paths[at]!))
    this.#policies.set(files.join('\n'), { allow, deny })
  }

  /** Is it allowed from one to all of the others? Without rules all is; an address that is none is not. */
  judge(args: readonly (string | undefined)[], addresses: () => readonly (string | undefined)[]): Value {
    const { allow, deny } = this.#policies.get(this.#files(args).join('\n'))!
    if (allow.length === 0 && deny.length === 0) return 1
    const [from, ...targets] = addresses()
    const isAllowed = (to: string | undefined): boolean =>
      from !== undefined && to !== undefined && (isCovered(allow, from, to) || !isCovered(deny, from, to))
    return targets.every(isAllowed) ? 1 : -1
  }

  /** From, and where the request would go. */
  routing({ message, uri, branches }: Context): (string | undefined)[] {
    const others = this.params.check_all_branches === 0 ? [] : branches.map((branch) => plainUri(branch.uri))
    return [addressOf(message.from()), plainUri(uri), ...others]
  }
}

/** To, and the contacts that are to be bound to it; * binds none. */
function registering({ message }: Context): (string | undefined)[] {
  const contacts = message.valuesOf(Header.CONTACT).filter((value) => value !== '*')
  return [addressOf(message.to()), ...contacts.map(valueAddress)]
}

/** From, and whom the other is told to call. */
function referring({ message }: Context): (string | undefined)[] {
  const target = message.headerNamed('Refer-To')
  return [addressOf(message.from()), target === undefined ? undefined : valueAddress(target)]
}

function valueAddress(value: string): string | undefined {
  return addressOf(parseNameAddr(value, 0, value.length))
}

function addressOf(address: ReturnType<Context['message']['from']>): string | undefined {
  return address === undefined || address instanceof Malformed ? undefined : plainUri(address.uri)
}

function controlled(
  optional: number,
  about: string,
  addresses: (context: Context) => readonly (string | undefined)[],
): FunctionRecord<Context> {
  return {
    args: ['string', 'string'],
    ...{ optional, routes: ['request', 'failure'], about },
    call: (context: Context, first?: string, second?: string): Result =>
      context.engine.use(permissions).judge([first, second], () => addresses(context)),
  }
}

const trustedControl = (about: string, call: ControlRecord['call']): ControlRecord => ({
  about,
  args: [],
  call,
})
const text = (initial: string, about: string) => ({ kind: 'string' as const, initial, about })

export const permissions: ModuleRecord<Permissions> = {
  name: 'permissions',
  file: 'permissions',
  about: 'who may send what where, by allow and deny files or by a table of trusted peers',
  params: {
    default_allow_file: text('permissions.allow', 'rules of allow_routing() without arguments'),
    default_deny_file: text('permissions.deny', 'rules of allow_routing() without arguments'),
    check_all_branches: { kind: 'integer', initial: 1, about: '0: only the Request-URI, not the branches' },
    allow_suffix: text('.allow', 'behind the name of a single argument: its allow file'),
    deny_suffix: text('.deny', 'behind the name of a single argument: its deny file'),
    db_url: text('', 'database of trusted peers'),
    db_mode: {
      kind: 'integer',
      initial: 0,
      about: '0: asked for each request; 1: read at the start and at trusted_reload',
    },
    trusted_table: text('trusted', 'table of trusted peers'),
    source_col: text('src_ip', 'their addresses'),
    proto_col: text('proto', 'their transports: udp, tcp, tls or any'),
    from_col: text('from_pattern', 'a pattern for the URI of From; empty: any'),
  },
  start: (engine, params) => new Permissions(engine, params),
  functions: {
    allow_routing: controlled(
      2,
      'may From reach the Request-URI and the branches, by these files?',
      (context) => context.engine.use(permissions).routing(context),
    ),
    allow_register: controlled(1, 'may To have these contacts, by these files?', registering),
    allow_refer_to: controlled(1, 'may From have Refer-To called, by these files?', referring),
    allow_trusted: {
      args: [],
      routes: ['request', 'failure'],
      about: 'do source address, transport and From stand in the table of trusted peers?',
      call: (context: Context) => context.engine.use(permissions).trusted.isFrom(context),
    },
  },
  controls: {
    trusted_reload: trustedControl(
      'reads the table of trusted peers again (db_mode 1)',
      (engine, _args, answer) => {
        const { trusted } = engine.use(permissions)
        const failed = { code: 400, reason: 'Trusted table reload failed' }
        if (!trusted.caches) return answer(failed)
        const waiting = trusted.load((isLoaded) => answer(isLoaded ? { code: 200, reason: 'OK' } : failed))
        engine.settle(waiting, () => undefined)
      },
    ),
    trusted_dump: trustedControl('the trusted peers that were read (db_mode 1)', (engine, _args, answer) =>
      answer({ code: 200, reason: 'OK', lines: engine.use(permissions).trusted.lines }),
    ),
  },
}
