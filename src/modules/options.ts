// SER module options: answers OPTIONS that are for the server itself (SER's modules; RFC 3261 §11.2).

import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import type { Result } from '../script/contract.js'
import { sl } from './sl.js'

class Options {
  constructor(readonly params: Parameters) {}
}

/** 0 when answered, so that the route ends; -1 when the request is no OPTIONS, or is for somebody. */
function reply(context: Context): Result {
  const uri = context.parsedUri()
  if (context.message.method !== 'OPTIONS') return -1
  if (uri instanceof Malformed || (uri.user ?? '') !== '') return -1
  const { params } = context.engine.use(options)
  context.replyHeaders.push(
    `Accept: ${params.accept}\r\n`,
    `Accept-Encoding: ${params.accept_encoding}\r\n`,
    `Accept-Language: ${params.accept_language}\r\n`,
    `${context.engine.rules.supportedHeader}: ${params.support}\r\n`,
  )
  return context.engine.use(sl).reply(context, 200, 'OK') === 1 ? 0 : -1
}

const header = (initial: string, name: string) => ({
  kind: 'string' as const,
  initial,
  about: `value of ${name}`,
})

export const options: ModuleRecord<Options> = {
  name: 'options',
  file: 'options',
  about: 'answers OPTIONS that are for the server itself',
  needs: ['sl'],
  params: {
    accept: header('*/*', 'Accept'),
    accept_encoding: header('', 'Accept-Encoding'),
    accept_language: header('en', 'Accept-Language'),
    support: header('', 'Supported'),
  },
  start: (_engine, params) => new Options(params),
  functions: {
    options_reply: {
      args: [],
      routes: ['request'],
      about: 'answers an OPTIONS whose Request-URI has no user with 200, and ends the route',
      call: reply,
    },
  },
}
