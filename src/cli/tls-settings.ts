// The TLS options of a script: files are read once, at start, relative to the working directory.

import { readFileSync } from 'node:fs'
import { UsageError } from '../errors.js'
import { TLS_DEFAULTS, type TlsSettings } from '../host/stream-kinds.js'
import type { Program } from '../script/bind.js'

/** Throws a UsageError for a file that cannot be read. */
export function tlsSettings(options: Program<never>['options']): TlsSettings {
  const fileOf = (option: string): string | undefined => {
    const path = options.get(option)
    return typeof path === 'string' ? read(option, path) : undefined
  }
  const flag = (option: string): boolean | undefined =>
    options.has(option) ? options.get(option) !== 0 : undefined
  const certificate = fileOf('tls_certificate')
  const key = fileOf('tls_private_key') ?? certificate
  const authorities = fileOf('tls_ca_list')
  const seconds = options.get('tls_handshake_timeout')
  return {
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(authorities !== undefined && { authorities }),
    verifiesServers: flag('tls_verify') ?? TLS_DEFAULTS.verifiesServers,
    requiresCertificates: flag('tls_require_certificate') ?? TLS_DEFAULTS.requiresCertificates,
    handshakeTimeoutMs:
      typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : TLS_DEFAULTS.handshakeTimeoutMs,
  }
}

function read(option: string, path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    throw new UsageError(`${option} "${path}": ${(error as Error).message}`)
  }
}
