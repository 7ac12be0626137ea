// SER module enum: telephone numbers are found by the name service (SER's modules; RFC 3761).

import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import type { Result } from '../script/contract.js'
import { parseUri } from '../sip/uri.js'
import { destinationsOf, enumName, isE164, type Destination } from './enum/pointers.js'

class Enum {
  readonly suffix: string
  readonly #telParams: string

  constructor({ domain_suffix, tel_uri_params }: Parameters) {
    this.suffix = String(domain_suffix)
    this.#telParams = String(tel_uri_params)
  }

  /** Asks where a number leads, and goes on with what was found. */
  lookUp(
    number: string,
    suffix: string,
    service: string,
    then: (destinations: readonly Destination[]) => Result,
  ): Result {
    return {
      question: { kind: 'resolve', record: 'NAPTR', name: enumName(number, suffix) },
      resume: (answer) => {
        const records = answer.kind === 'pointers' ? answer.pointers : []
        return then(destinationsOf(records, number, service === '' ? 'sip' : `${service}:sip`))
      },
    }
  }

  /** The best destination becomes the Request-URI, the others are queued. */
  choose(context: Context, destinations: readonly Destination[]): Result {
    const [first, ...others] = destinations
    if (first === undefined) return -1
    context.setUri(this.#withParams(first.uri))
    for (const { uri, rank } of others) {
      const q = String(Math.max(0, 100 - rank) / 100)
      if (!context.appendBranch({ uri: this.#withParams(uri), q })) break
    }
    return 1
  }

  #withParams(uri: string): string {
    return /^tel:/i.test(uri) ? uri + this.#telParams : uri
  }
}

function query(context: Context, suffix?: string, service = ''): Result {
  const state = context.engine.use(enumModule)
  const uri = context.parsedUri()
  const number = uri instanceof Malformed ? undefined : uri.user
  if (number === undefined || !isE164(number)) return -1
  return state.lookUp(number, suffix ?? state.suffix, service, (found) => state.choose(context, found))
}

function fromUser({ message }: Context): string {
  const from = message.from()
  const uri = from === undefined || from instanceof Malformed ? undefined : parseUri(from.uri)
  return uri === undefined || uri instanceof Malformed ? '' : (uri.user ?? '')
}

function fromIsKnown(context: Context, suffix?: string, service = ''): Result {
  const state = context.engine.use(enumModule)
  const number = fromUser(context)
  if (!isE164(number)) return -1
  return state.lookUp(number, suffix ?? state.suffix, service, (found) => (found.length > 0 ? 1 : -1))
}

export const enumModule: ModuleRecord<Enum> = {
  name: 'enum',
  file: 'enum',
  about: 'telephone numbers are found by the name service',
  params: {
    domain_suffix: { kind: 'string', initial: 'e164.arpa.', about: 'where numbers are looked up' },
    tel_uri_params: { kind: 'string', initial: '', about: 'put behind tel: URIs that are found' },
  },
  start: (_engine, params) => new Enum(params),
  functions: {
    enum_query: {
      args: ['string', 'string'],
      optional: 2,
      routes: ['request'],
      about:
        'replaces the number in the Request-URI by where it leads (suffix, service); further destinations are queued',
      call: query,
    },
    is_from_user_e164: {
      args: [],
      routes: ['request'],
      about: 'is the user of From a telephone number ("+" and 2 to 15 digits)?',
      call: (context: Context) => (isE164(fromUser(context)) ? 1 : -1),
    },
    is_from_user_enum: {
      args: ['string', 'string'],
      optional: 2,
      routes: ['request'],
      about: 'does the number in From lead anywhere (suffix, service)?',
      call: fromIsKnown,
    },
  },
}
