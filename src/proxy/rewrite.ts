// URI rewriting (the SER core; the recorded SER 0.9.7): the parts not named keep their text, the scheme becomes "sip:".

import { Malformed } from '../errors.js'
import type { Uri } from '../sip/uri.js'
import { ScriptFault, type Context } from './context.js'

/** Longest URI that a rewriting may make. */
export const URI_LENGTH_MAX = 1024

/** What a rewriting changes; undefined leaves a part as it is, null takes it out. */
export interface Rewriting {
  readonly user?: string | null
  /** Put in the user's place as it is, the password is dropped (rewriteuserpass). */
  readonly userpass?: string
  readonly host?: string
  /** Put in the place of host and port as it is (rewritehostport). */
  readonly hostport?: string
  readonly port?: string
}

/** Rewrites the current Request-URI; 1, or -1 when it cannot be parsed or grows too long. */
export function rewrite(context: Context, change: (uri: Uri) => Rewriting): 1 | -1 {
  const uri = context.parsedUri()
  if (uri instanceof Malformed) {
    context.log(-1, `ERROR: do_action: bad uri <${context.uri}>, dropping packet`)
    return context.fail(ScriptFault.BAD_URI)
  }
  const text = assemble(uri, change(uri), context.engine.rules.sipsRewrite ? uri.scheme : 'sip')
  if (text.length > URI_LENGTH_MAX) {
    context.log(-1, 'ERROR: do_action: uri too long')
    return context.fail(ScriptFault.BAD_URI)
  }
  context.setUri(text)
  return 1
}

function assemble(uri: Uri, change: Rewriting, scheme: string): string {
  const user = change.userpass ?? (change.user === undefined ? uri.user : (change.user ?? undefined))
  const password = change.userpass === undefined ? uri.password : undefined
  let text = `${scheme}:`
  if (user) text += user
  if (password !== undefined) text += `:${password}`
  if (user || password !== undefined) text += '@'
  if (change.hostport !== undefined) text += change.hostport
  else {
    const port = change.port ?? uri.port
    text += (change.host ?? uri.host) + (port === undefined ? '' : `:${port}`)
  }
  return text + uri.params + uri.headers
}
