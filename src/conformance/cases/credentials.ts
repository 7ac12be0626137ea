// The detail "Credentials: alice secret ...": what answers the last challenges that a party has received (RFC 7616 §3.4,
// RFC 3261 §22). Further words change it, so that a case can say what is wrong: "qop=auth-int" and other parameters,
// "-nc" leaves one out; "method=REGISTER", "hash=MD5" and "body=x" are what the response is made of whatever the rest
// says; with "userhash=true" the name is a digest;
// "loosely" writes names in capitals, blanks around "=" and a line for each parameter.

import { Malformed } from '../../errors.js'
import {
  digest,
  digestAlgorithm,
  digestResponse,
  readDigest,
  secretHash,
  type DigestParams,
} from '../../sip/digest.js'
import type { Message } from '../../sip/message.js'
import { quote } from '../../sip/name-addr.js'
import type { HeaderLine } from './compose.js'
import type { Heard } from './path.js'

interface Wish {
  readonly username: string
  readonly password: string
  readonly set: ReadonlyMap<string, string>
  readonly without: ReadonlySet<string>
  readonly loosely: boolean
}

/** Challenge headers, and where their answers go. */
const ANSWERS = [
  ['WWW-Authenticate', 'Authorization'],
  ['Proxy-Authenticate', 'Proxy-Authorization'],
] as const
/** Words that change how the response is computed and are no parameters themselves. */
const NO_PARAMETERS = ['method', 'hash', 'body']
const QUOTED = new Set(['username', 'realm', 'nonce', 'uri', 'response', 'cnonce', 'opaque'])

/** One line for each realm of the last challenges. Throws an Error when there are none. */
export function credentialLines(text: string, received: readonly Heard[], request: Message): HeaderLine[] {
  const wish = wishOf(text)
  const challenged = received.findLast(({ message }) => message.status === 401 || message.status === 407)
  const lines = ANSWERS.flatMap(([asked, answer]) =>
    chosen(challenged?.message.headersNamed(asked) ?? [], wish).map((challenge): HeaderLine => [
      answer,
      answered(challenge, wish, request),
    ]),
  )
  if (lines.length === 0) throw new Error('there was no challenge that could be answered')
  return lines
}

function wishOf(text: string): Wish {
  const [username = '', password = '', ...words] = text.match(/(?:"(?:[^"\\]|\\.)*"|\S)+/g) ?? []
  const pairs = words.filter((word) => word.includes('='))
  return {
    username,
    password: password.replace(/^"(.*)"$/s, '$1'),
    set: new Map(
      pairs.map((word): [string, string] => [
        word.slice(0, word.indexOf('=')),
        word.slice(word.indexOf('=') + 1),
      ]),
    ),
    without: new Set(words.filter((word) => word.startsWith('-')).map((word) => word.slice(1))),
    loosely: words.includes('loosely'),
  }
}

/** Of each realm the first challenge that can be answered, or the one of the algorithm that is wished for. */
function chosen(values: readonly string[], { set }: Wish): DigestParams[] {
  const byRealm = new Map<string, DigestParams>()
  for (const value of values) {
    const params = readDigest(value)
    if (params === undefined || params instanceof Malformed) continue
    const realm = params.get('realm') ?? ''
    const algorithm = params.get('algorithm')
    const wanted = set.get('algorithm')
    if (set.has('realm') && set.get('realm') !== realm) continue
    if (digestAlgorithm(algorithm) === undefined) continue
    const isWanted = wanted !== undefined && wanted.toUpperCase() === algorithm?.toUpperCase()
    if (!byRealm.has(realm) || isWanted) byRealm.set(realm, params)
  }
  return [...byRealm.values()]
}

function answered(challenge: DigestParams, wish: Wish, request: Message): string {
  const { set, without } = wish
  const qop = without.has('qop') ? undefined : (set.get('qop') ?? offered(challenge.get('qop')))
  const plain: Record<string, string | undefined> = {
    username: wish.username,
    realm: challenge.get('realm'),
    nonce: challenge.get('nonce'),
    uri: request.requestUri,
    algorithm: challenge.get('algorithm'),
    opaque: challenge.get('opaque'),
    ...(qop === undefined ? {} : { qop, nc: '00000001', cnonce: '0a4f113b' }),
    ...Object.fromEntries(set),
  }
  for (const name of NO_PARAMETERS) delete plain[name]
  plain['response'] ??= responseOf(plain, wish, request)
  if (plain['userhash'] === 'true') plain['username'] = hashedName(plain, wish)
  const parameters = Object.entries(plain).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !without.has(entry[0]),
  )
  return textOf(parameters, wish.loosely)
}

/** "auth" if the server offers it. */
function offered(qop: string | undefined): string | undefined {
  const offers = qop?.split(',').map((one) => one.trim())
  return offers?.includes('auth') === true ? 'auth' : offers?.[0]
}

function responseOf(
  plain: Readonly<Record<string, string | undefined>>,
  { password, set }: Wish,
  request: Message,
): string {
  const get = (name: string): string => plain[name] ?? ''
  const algorithm = digestAlgorithm(set.get('hash') ?? plain['algorithm'])
  if (algorithm === undefined) throw new Error(`nobody knows the algorithm ${get('algorithm')}`)
  return digestResponse(
    secretHash(algorithm.hash, get('username'), get('realm'), password),
    {
      algorithm,
      nonce: get('nonce'),
      cnonce: get('cnonce'),
      nc: get('nc'),
      qop: plain['qop'],
      uri: get('uri'),
    },
    {
      method: set.get('method') ?? request.method,
      body: set.get('body') ?? request.text.slice(request.bodyStart),
    },
  )
}

/** RFC 7616 §3.4.4. */
function hashedName(plain: Readonly<Record<string, string | undefined>>, { set }: Wish): string {
  const { hash } = digestAlgorithm(set.get('hash') ?? plain['algorithm']) ?? { hash: 'MD5' as const }
  return digest(hash, `${plain['username'] ?? ''}:${plain['realm'] ?? ''}`)
}

function textOf(parameters: readonly (readonly [string, string])[], loosely: boolean): string {
  const written = parameters.map(([name, value]) => {
    const shown = QUOTED.has(name) ? quote(value) : value
    return loosely ? `${name.toUpperCase()} = ${shown}` : `${name}=${shown}`
  })
  return `Digest ${written.join(loosely ? ' ,\r\n  ' : ', ')}`
}
