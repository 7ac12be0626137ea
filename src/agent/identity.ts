// Who the phone is: its AOR, its Contact, and the identifiers that it makes up (RFC 3261 §8.1.1, §19.3).

import { Malformed, UsageError } from '../errors.js'
import { parseUri, type Uri } from '../sip/uri.js'
import type { PhoneOptions } from './options.js'
import type { HeaderLine } from './text.js'

/** The methods that a phone understands (its Allow header). */
const METHODS: readonly string[] = [
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'MESSAGE',
  'INFO',
  'NOTIFY',
  'UPDATE',
  'PRACK',
  'REFER',
]

const ALLOW = METHODS.join(', ')

export class Identity {
  readonly uri: Uri
  /** The phone's own Contact URI. */
  readonly contact: string
  /** The address as it stands in URIs and Via: an IPv6 one in brackets. */
  readonly #host: string
  readonly #branchPrefix: string
  #branches = 0

  constructor(private readonly options: PhoneOptions) {
    const { name, aor, contact, random } = options
    const uri = parseUri(aor)
    if (uri instanceof Malformed || uri.user === undefined)
      throw new UsageError(`phone ${name}: "${aor}" is no SIP URI with a user (sip:alice@example.com)`)
    this.uri = uri
    this.#host = contact.address.includes(':') ? `[${contact.address}]` : contact.address
    const parameter = contact.transport === 'udp' ? '' : `;transport=${contact.transport}`
    this.contact = `${uri.scheme}:${uri.user}@${this.#host}:${contact.port}${parameter}`
    this.#branchPrefix = `z9hG4bK${random.hex(8)}`
  }

  get aor(): string {
    return this.options.aor
  }

  /** The domain of the AOR, with its port if it has one. */
  get domain(): string {
    return this.uri.port === undefined ? this.uri.host : `${this.uri.host}:${this.uri.port}`
  }

  contactLine(): HeaderLine {
    return ['Contact', `<${this.contact}>`]
  }

  allowLine(): HeaderLine {
    return ['Allow', ALLOW]
  }

  /** Can it be reached by a sips URI? */
  get isSecure(): boolean {
    const { transport } = this.options.contact
    return transport === 'tls' || transport === 'wss'
  }

  understands(method: string): boolean {
    return METHODS.includes(method)
  }

  newBranch(): string {
    return this.#branchPrefix + (++this.#branches).toString(36)
  }

  newTag(): string {
    return this.options.random.hex(8)
  }

  newCallId(): string {
    return `${this.options.random.hex(16)}@${this.options.contact.address}`
  }

  /** The Via value of a request of ours (RFC 3581: rport always asked for). */
  via(transport: string, branch: string): string {
    return `SIP/2.0/${transport.toUpperCase()} ${this.#host}:${this.options.contact.port};rport;branch=${branch}`
  }

  /** Whom "bob", "bob@example.com" or a URI means. */
  targetUri(target: string): string {
    if (/^[a-z]+:/i.test(target)) return target
    return target.includes('@') ? `sip:${target}` : `sip:${target}@${this.domain}`
  }
}
