// What a phone does of itself: the settings, and those of a phone that was told nothing, which is a correct one
// (RFC 3261) that rings and waits for orders.

import type { Milliseconds } from '../endpoint.js'

/** A Contact of a REGISTER or a redirection. */
export interface ContactWish {
  readonly uri: string
  readonly q?: number
  readonly expiresS?: number
}

/** What happens to an INVITE that opens a call. */
export type IncomingCalls =
  /** 180 at once, then wait for orders. */
  | { readonly kind: 'ring' }
  /** 180 at once (unless `ring` is false), 200 after so many milliseconds. */
  | { readonly kind: 'answer'; readonly afterMs?: Milliseconds; readonly ring?: boolean }
  | {
      readonly kind: 'reject'
      readonly status: number
      readonly reason?: string
      readonly afterMs?: Milliseconds
      /** Ring (180) first; false when left out. */
      readonly ring?: boolean
    }
  | { readonly kind: 'redirect'; readonly status: number; readonly contacts: readonly ContactWish[] }
  /** Nothing is sent unless ordered. */
  | { readonly kind: 'manual' }

/** How the phone behaves without being told each time. */
export interface Behaviour {
  readonly incoming: IncomingCalls
  /** Receives, notes, and never sends anything of itself: as if the cable were cut on its side. */
  readonly silent: boolean
  /** false: nothing is sent twice (requests, final responses, 2xx until ACK). */
  readonly retransmits: boolean
  /** Sends 100 Trying to each INVITE at once. */
  readonly trying: boolean
  /** ACKs 2xx by itself; false: only on the order `acknowledge`. */
  readonly acknowledges: boolean
  /** When several phones answered one forked call, hangs up all but the first. */
  readonly endsExtraForks: boolean
  /** Calls the contacts of a 3xx, in the order of their q values. */
  readonly followsRedirects: boolean
  /** Sends a request that was refused with 420 again without what it required (RFC 3261 §8.1.3.5). */
  readonly forgoesRequired: boolean
  /** Answers 401 and 407 when it has a password. */
  readonly authenticates: boolean
  /** Answers other requests (BYE, OPTIONS, re-INVITE ...) by itself; false: only on the order `respond`. */
  readonly replies: boolean
  /** Final status by method, in place of the automatic one: {"MESSAGE": 480}. INVITE: of re-INVITEs only. */
  readonly statuses: Readonly<Record<string, number>>
  /** Option tags of its Supported header; 100rel is also acted on (RFC 3262), others are only told and let pass. */
  readonly supported: readonly string[]
}

export const DEFAULT_BEHAVIOUR: Behaviour = {
  incoming: { kind: 'ring' },
  silent: false,
  retransmits: true,
  trying: false,
  acknowledges: true,
  endsExtraForks: true,
  followsRedirects: false,
  forgoesRequired: false,
  authenticates: true,
  replies: true,
  statuses: {},
  supported: [],
}
