// An engine as the catalogue needs it: the domain example.com is its own, nothing is traced.

import type { Listen } from '../../driver.js'
import type { Milliseconds } from '../../endpoint.js'
import { MODULES } from '../../modules/index.js'
import type { Context } from '../../proxy/context.js'
import { Engine } from '../../proxy/engine.js'
import type { DeviationName, ProfileName } from '../../proxy/profile.js'
import { Random } from '../../random.js'
import type { Program } from '../../script/bind.js'

/** The domain that servers under test serve. */
export const DOMAIN = 'example.com'

export interface EngineFor {
  readonly program: Program<Context>
  readonly profile: ProfileName
  readonly turned?: readonly DeviationName[]
  readonly seed: number
  readonly sockets: readonly Listen[]
  readonly now: Milliseconds
  /** The wall clock at time 0. */
  readonly epochMs: Milliseconds
}

export function engineFor({ seed, ...options }: EngineFor): Engine {
  return new Engine({
    ...options,
    modules: MODULES,
    random: new Random(seed),
    identity: { signature: 'Sipwright', pid: 1, aliases: [{ host: DOMAIN, port: undefined }] },
    trace: false,
  })
}
