// SER module auth: challenges, and the judging of digest credentials (SER's modules; RFC 3261 §22, RFC 7616, RFC 8760).
//
// Where the secrets come from is another module's business (auth_db): it calls `begin` and, when it knows the secret hash,
// `finish`. What was accepted is noted with the message, for group, uri and the rpid functions.

import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import type { ArgumentKind, Value } from '../script/contract.js'
import {
  challengeText,
  digestAlgorithm,
  digestResponse,
  sameDigest,
  type Credentials,
  type DigestHash,
} from '../sip/digest.js'
import type { Message } from '../sip/message.js'
import { parseUri } from '../sip/uri.js'
import { ASKERS, findCredentials, type Asker, type Found } from './auth/checked.js'
import { Nonces } from './auth/nonce.js'
import { appendRpid, isRpidE164 } from './auth/rpid.js'
import { NonceUses } from './auth/uses.js'
import { sl } from './sl.js'

/** Credentials that were accepted, and what the database said about their user. */
interface Accepted extends Found {
  readonly rpid: string | undefined
}

interface Noted {
  www?: Accepted
  proxy?: Accepted
  /** The nonce was right but too old: the next challenge says so. */
  stale: boolean
}

/** Credentials that still need their secret. */
export interface Begun extends Found {
  readonly asker: Asker
  readonly realm: string
  readonly hash: DigestHash
}

/** The secret hash (HA1) of a user, and his Remote-Party-ID. */
export interface Known {
  readonly ha1: string
  readonly rpid?: string | undefined
}

const QOPS = ['auth', 'auth-int']
const DIGEST_METHODS_FREE = ['ACK', 'CANCEL']

export class Auth {
  readonly hashes: readonly DigestHash[]
  readonly #nonces: Nonces
  readonly #uses: NonceUses | undefined
  readonly #noted = new WeakMap<Message, Noted>()

  constructor(
    private readonly engine: Engine,
    readonly params: Parameters,
  ) {
    this.hashes = hashesOf(String(params.algorithm))
    for (const option of qopsOf(params))
      if (!QOPS.includes(option)) throw new Error(`auth: qop may hold auth and auth-int, not "${option}"`)
    const counted = Number(params.nonce_count) !== 0
    const secret = params.secret ?? engine.settings.secret ?? engine.digest('the secret of the nonces')
    this.#nonces = new Nonces(
      String(secret),
      Number(params.nonce_expire),
      counted ? engine.random : undefined,
    )
    this.#uses = counted ? new NonceUses() : undefined
  }

  get #nowS(): number {
    return Math.floor(this.engine.clock(this.engine.now).getTime() / 1000)
  }

  /** What stands between here and an answer: 1, 0 or -1 when it is known already (SER's pre_auth). */
  begin(context: Context, realmWanted: string, asker: Asker): Begun | Value {
    const { message } = context
    // RFC 3261 §22.1: neither can be sent again with credentials.
    if (DIGEST_METHODS_FREE.includes(message.method)) return 1
    const realm = this.#realmOf(message, realmWanted, asker)
    if (realm === undefined) return this.#refuse(context, 'no realm can be taken from the request')
    const found = findCredentials(message, asker, realm)
    if (found === undefined) return -1
    if (found instanceof Malformed) return this.#refuse(context, found.reason)
    const { credentials } = found
    if (credentials.domain !== undefined && credentials.domain.toLowerCase() !== realm.toLowerCase())
      return this.#refuse(context, 'the domain of the user name is not the realm')
    const hash = credentials.algorithm?.hash
    const fits = hash !== undefined && this.hashes.includes(hash)
    if (!fits || (credentials.qop !== undefined && !QOPS.includes(credentials.qop))) return -1
    // Before the database is asked: who has no nonce of ours costs it nothing.
    if (this.#nonces.stateOf(credentials.nonce, this.#nowS) === 'unknown') return -1
    return { ...found, asker, realm, hash }
  }

  /** Compares what the user sent with what he should know; notes him when he knows it. */
  finish(context: Context, begun: Begun, { ha1, rpid }: Known): Value {
    const { credentials, index, asker } = begun
    const { message } = context
    const { algorithm, nonce } = credentials
    const request = { method: message.method, body: message.body }
    const expected = digestResponse(ha1, { ...credentials, algorithm: algorithm! }, request)
    if (!sameDigest(credentials.response, expected)) return -1
    const noted = this.#noteOf(message)
    if (this.#nonces.stateOf(nonce, this.#nowS) === 'expired' || !this.#isNewUse(context, credentials)) {
      noted.stale = true
      return -1
    }
    noted[asker] = { credentials, index, rpid }
    return 1
  }

  /** Without qop there is no count, so such a nonce serves once. */
  #isNewUse({ message }: Context, { nonce, qop, nc }: Credentials): boolean {
    if (this.#uses === undefined) return true
    const count = qop === undefined ? 1 : parseInt(nc, 16)
    return this.#uses.note(nonce, count, this.engine.digest(message.text), this.#nowS)
  }

  /** Sends 401 or 407; 0 when it went out (SER). */
  challenge(context: Context, asker: Asker, realmWanted: string, withQop: boolean): Value {
    const { message, replyHeaders } = context
    const realm = this.#realmOf(message, realmWanted, asker)
    if (realm === undefined) return this.#refuse(context, 'no realm can be taken from the request')
    const { challenge, status, reason } = ASKERS[asker]
    const { stale } = this.#noteOf(message)
    const nonce = this.#nonces.make(this.#nowS)
    const qop = withQop || this.engine.rules.challengesHaveQop ? qopsOf(this.params).join(',') : ''
    const before = replyHeaders.length
    for (const name of this.params.algorithm === '' ? [undefined] : this.hashes) {
      const text = challengeText({ realm, nonce, qop, stale, ...(name && { algorithm: name }) })
      replyHeaders.push(`${challenge}: ${text}\r\n`)
    }
    if (this.engine.use(sl).reply(context, status, reason) === 1) return 0
    replyHeaders.length = before
    return -1
  }

  /** Answers `status` instead of going on; 0, or -1 when it cannot be sent. */
  reply(context: Context, status: number, reason: string): Value {
    return this.engine.use(sl).reply(context, status, reason) === 1 ? 0 : -1
  }

  #refuse(context: Context, why: string): Value {
    context.log(2, `auth: ${why}`)
    return this.reply(context, 400, 'Bad Request')
  }

  /** The realm as given; when that is empty, the host of To (a REGISTER for us) or From, without `realm_prefix`. */
  #realmOf(message: Message, wanted: string, asker: Asker): string | undefined {
    if (wanted !== '') return wanted
    const address = asker === 'www' && message.method === 'REGISTER' ? message.to() : message.from()
    if (address === undefined || address instanceof Malformed) return undefined
    const uri = parseUri(address.uri)
    if (uri instanceof Malformed) return undefined
    const prefix = String(this.params.realm_prefix)
    return uri.host.startsWith(prefix) ? uri.host.slice(prefix.length) || undefined : uri.host
  }

  #noteOf(message: Message): Noted {
    let noted = this.#noted.get(message)
    if (noted === undefined) this.#noted.set(message, (noted = { stale: false }))
    return noted
  }

  /** The credentials that this message was accepted with. */
  acceptedFor({ message }: Context): Accepted | undefined {
    const noted = this.#noted.get(message)
    return noted?.www ?? noted?.proxy
  }

  /** Takes the accepted credentials out of what is sent on (RFC 3261 §22.3). */
  consume(context: Context): Value {
    const accepted = this.acceptedFor(context)
    if (accepted === undefined) return -1
    const { message } = context
    context.cut(message.lineStart(accepted.index), message.lineEnd(accepted.index))
    return 1
  }
}

/** "" is SER's: MD5, unnamed. */
function hashesOf(text: string): DigestHash[] {
  const names = text === '' ? ['MD5'] : text.split(/[\s,]+/)
  return names.map((name) => {
    const algorithm = digestAlgorithm(name)
    if (algorithm === undefined || algorithm.session)
      throw new Error(`auth: algorithm may hold MD5, SHA-256 and SHA-512-256, not "${name}"`)
    return algorithm.hash
  })
}

function qopsOf({ qop }: Parameters): string[] {
  return String(qop).split(/[\s,]+/)
}

const QOP: ArgumentKind = {
  name: 'qop 0 or 1',
  fix: (text) => {
    if (text !== '0' && text !== '1') throw new Error(`bad number ${JSON.stringify(text)}: qop is 0 or 1`)
    return text === '1'
  },
}

const challenges = (asker: Asker) => (context: Context, realm: string, withQop: boolean) =>
  context.engine.use(auth).challenge(context, asker, realm, withQop)

export const auth: ModuleRecord<Auth> = {
  name: 'auth',
  file: 'auth',
  about: 'digest authentication: challenges and accepted credentials',
  needs: ['sl'],
  params: {
    secret: { kind: 'string', initial: undefined, about: 'what nonces are made with (new at every start)' },
    nonce_expire: { kind: 'integer', initial: 300, about: 'seconds a nonce may be used' },
    rpid_prefix: { kind: 'string', initial: '', about: 'stands before the rpid in Remote-Party-ID' },
    rpid_suffix: {
      kind: 'string',
      initial: ';party=calling;id-type=subscriber;screen=yes',
      about: 'stands behind the rpid in Remote-Party-ID',
    },
    realm_prefix: {
      kind: 'string',
      initial: '',
      about: 'cut off the front of realms taken from the request',
    },
    algorithm: {
      kind: 'string',
      initial: '',
      about: 'MD5, SHA-256, SHA-512-256 in order of preference (RFC 8760); empty: MD5, not named',
    },
    qop: { kind: 'string', initial: 'auth', about: 'what is offered: auth, auth-int or both' },
    nonce_count: {
      kind: 'integer',
      initial: 0,
      about: '1: every nonce is another one and each of its counts serves once, against replay',
    },
  },
  start: (engine, params) => {
    if (Number(params.nonce_expire) < 1) throw new Error('auth: nonce_expire must be at least 1 second')
    return new Auth(engine, params)
  },
  functions: {
    www_challenge: {
      args: ['string', QOP],
      routes: ['request'],
      about: 'answers 401 with a challenge for the realm ("": host of To or From)',
      call: challenges('www'),
    },
    proxy_challenge: {
      args: ['string', QOP],
      routes: ['request'],
      about: 'answers 407 with a challenge for the realm ("": host of From)',
      call: challenges('proxy'),
    },
    consume_credentials: {
      args: [],
      routes: ['request'],
      about: 'takes out the credentials that were accepted',
      call: (context: Context) => context.engine.use(auth).consume(context),
    },
    append_rpid_hf: {
      args: ['string', 'string'],
      optional: 2,
      routes: ['request'],
      about: 'adds Remote-Party-ID with the rpid of the accepted user between prefix and suffix',
      call: (context: Context, prefix?: string, suffix?: string) => {
        const { params, rpid } = rpidOf(context)
        return appendRpid(context, rpid, {
          prefix: prefix ?? String(params.rpid_prefix),
          suffix: suffix ?? String(params.rpid_suffix),
        })
      },
    },
    is_rpid_user_e164: {
      args: [],
      routes: ['request'],
      about: 'is the user of the rpid a + and 2 to 15 digits?',
      call: (context: Context) => isRpidE164(rpidOf(context).rpid),
    },
  },
}

function rpidOf(context: Context): { params: Parameters; rpid: string | undefined } {
  const state = context.engine.use(auth)
  return { params: state.params, rpid: state.acceptedFor(context)?.rpid }
}
