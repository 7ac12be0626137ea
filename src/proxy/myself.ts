// `myself`: is this host (and port) one of ours? (the SER core)

import { SIP_PORT } from './outgoing.js'

/** One of our names: an address or name we listen at (its port counts), or an alias (any port unless it has one). */
export interface OwnName {
  readonly host: string
  /** undefined: any port. */
  readonly port: number | undefined
}

export class OwnNames {
  readonly #ports = new Map<string, Set<number> | 'any'>()

  constructor(names: readonly OwnName[]) {
    for (const { host, port } of names) {
      const key = canonical(host)
      const known = this.#ports.get(key)
      if (port === undefined) this.#ports.set(key, 'any')
      else if (known === undefined) this.#ports.set(key, new Set([port]))
      else if (known !== 'any') known.add(port)
    }
  }

  /** Host and port (5060 when absent, also for sips) fit one of our names. */
  has(host: string, port: number | undefined): boolean {
    const known = this.#ports.get(canonical(host))
    return known !== undefined && (known === 'any' || known.has(port ?? SIP_PORT))
  }

  /** Host alone (src_ip==myself, dst_ip==myself). */
  hasHost(host: string): boolean {
    return this.#ports.has(canonical(host))
  }
}

function canonical(host: string): string {
  const lower = host.toLowerCase()
  return lower.startsWith('[') ? lower.slice(1, -1) : lower
}
