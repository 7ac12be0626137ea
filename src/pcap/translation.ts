// Recorded texts in the terms of this run and back: addresses that stand elsewhere now, and a mark on everything that the
// recorded parties made up themselves, so that one capture can be played many times at once.

import type { Address, Bytes } from '../endpoint.js'
import { addressText } from './message.js'

const DEFAULT_PORT = 5060
const PLACE = /(?<![\w.-])(\[[0-9a-fA-F:.]+\]|(?:\d{1,3}\.){3}\d{1,3})(?::(\d{1,5}))?(?![\w.])/g
const PARAMETER = /(;[ \t]*(?:branch|tag|ftag|from-tag|to-tag)[ \t]*=[ \t]*)([^\s;,>"?&]+)/gi
const CALL_ID_LINE = /^((?:call-id|i)[ \t]*:[ \t]*)(\S+)/im

export interface Moved {
  readonly recorded: Address
  readonly ours: Address
}

export interface TranslationOptions {
  readonly moved: readonly Moved[]
  /** Put behind what the parties made up; '' leaves it as recorded. It must not occur in the capture. */
  readonly mark: string
  /** Branches, tags and Call-IDs that the parties made up. */
  readonly own: ReadonlySet<string>
}

export class Translation {
  readonly mark: string
  readonly #own: ReadonlySet<string>
  readonly #toOurs = new Map<string, Address>()
  readonly #toRecorded = new Map<string, Address>()

  constructor({ moved, mark, own }: TranslationOptions) {
    this.mark = mark
    this.#own = own
    for (const { recorded, ours } of moved) {
      if (addressText(recorded) === addressText(ours)) continue
      this.#toOurs.set(addressText(recorded), ours)
      this.#toRecorded.set(addressText(ours), recorded)
    }
  }

  /** A recorded text as this run sends it. */
  toOurs(text: Bytes): Bytes {
    const moved = this.#toOurs.size === 0 ? text : placed(text, this.#toOurs)
    if (this.mark === '') return moved
    const blank = blankOf(moved)
    const head = moved
      .slice(0, blank)
      .replace(PARAMETER, (_, start: string, token: string) => start + this.#marked(token))
      .replace(CALL_ID_LINE, (_, start: string, id: string) => start + this.#marked(id))
    return head + moved.slice(blank)
  }

  /** What came, as the capture would say it. */
  toRecorded(text: Bytes): Bytes {
    const unmarked = this.mark === '' ? text : text.split(this.mark).join('')
    return this.#toRecorded.size === 0 ? unmarked : placed(unmarked, this.#toRecorded)
  }

  #marked(token: string): string {
    return this.#own.has(token) ? token + this.mark : token
  }
}

/** Where the body begins, or the text ends. */
function blankOf(text: Bytes): number {
  return /\r?\n\r?\n/.exec(text)?.index ?? text.length
}

/** Every address in the head, with its port; bodies speak of media, which nobody moves. */
function placed(text: Bytes, map: ReadonlyMap<string, Address>): Bytes {
  const blank = blankOf(text)
  const head = text.slice(0, blank).replace(PLACE, (whole, host: string, port: string | undefined) => {
    const address = { address: host.replace(/[[\]]/g, ''), port: Number(port ?? DEFAULT_PORT) }
    const ours = map.get(addressText(address))
    if (ours === undefined) return whole
    const shown = ours.address.includes(':') ? `[${ours.address}]` : ours.address
    return port === undefined && ours.port === DEFAULT_PORT ? shown : `${shown}:${ours.port}`
  })
  return head + text.slice(blank)
}
