// What the module uri has to say about the Request-URI: its parameters, and telephone numbers made into SIP addresses.

import { Malformed } from '../../errors.js'
import type { Context } from '../../proxy/context.js'
import { URI_LENGTH_MAX } from '../../proxy/rewrite.js'
import type { FunctionRecord, Value } from '../../script/contract.js'
import { parseUri, uriParam } from '../../sip/uri.js'

/** Has it the parameter, with this value? Without a value: has it the parameter, and nothing behind it (SER)? */
function hasParam(context: Context, name: string, value = ''): Value {
  const uri = context.parsedUri()
  if (uri instanceof Malformed) return -1
  return uriParam(uri, name.toLowerCase()) === value ? 1 : -1
}

/** Puts ";name" or ";name=value" behind the parameters, before the headers. */
function addParam(context: Context, param: string): Value {
  if (param === '') return 1
  const uri = context.parsedUri()
  if (uri instanceof Malformed) return -1
  const end = uri.text.length - uri.headers.length
  return setUri(context, `${uri.text.slice(0, end)};${param}${uri.headers}`)
}

/** tel:+4930123 becomes sip:+4930123@host-of-From;user=phone; what is no tel URI stays (RFC 3261 §19.1.6). */
function telToSip(context: Context): Value {
  const number = /^tel:(.*)$/is.exec(context.uri)?.[1]
  if (number === undefined) return 1
  const from = context.message.from()
  const uri = from === undefined || from instanceof Malformed ? undefined : parseUri(from.uri)
  if (number === '' || uri === undefined || uri instanceof Malformed) return -1
  return setUri(context, `sip:${number}@${uri.host};user=phone`)
}

function setUri(context: Context, uri: string): Value {
  if (uri.length > URI_LENGTH_MAX) return -1
  context.setUri(uri)
  return 1
}

export const REQUEST_URI_FUNCTIONS: Readonly<Record<string, FunctionRecord<Context>>> = {
  uri_param: {
    args: ['string', 'string'],
    optional: 1,
    routes: ['request'],
    about: 'has the Request-URI the parameter, with this value (left out: with none)?',
    call: hasParam,
  },
  add_uri_param: {
    args: ['string'],
    routes: ['request'],
    about: 'adds a parameter to the Request-URI, as written',
    call: addParam,
  },
  tel2sip: {
    args: [],
    routes: ['request'],
    about: 'makes a tel URI a SIP URI at the host of From; others stay',
    call: telToSip,
  },
}
