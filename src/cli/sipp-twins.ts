// -3pcc, -master, -slave and -slave_cfg: where the other players are.

import { readFileSync } from 'node:fs'
import type { Address } from '../endpoint.js'
import { UsageError } from '../errors.js'
import type { TwinOptions } from '../sipp-xml/options.js'
import { addressOf, type Settings } from '../lab/sipp/settings.js'

/** undefined: no third party call control. Throws a UsageError. */
export function twinOptions(settings: Settings): TwinOptions | undefined {
  const address = settings.text('3pcc')
  if (address !== undefined) return { address: addressOf(address) }
  const master = settings.text('master')
  const name = master ?? settings.text('slave')
  if (name === undefined) return undefined
  const file = settings.text('slave_cfg')
  if (file === undefined) throw new UsageError('sipp: -master and -slave need -slave_cfg FILE.')
  const peers = readPeers(file)
  const own = peers.get(name)
  if (own === undefined) throw new UsageError(`sipp: ${file} has no line for ${name}.`)
  return { address: own, extended: { name, isMaster: master !== undefined, peers } }
}

/** "m;127.0.0.1:8080" */
function readPeers(file: string): Map<string, Address> {
  let text: string
  try {
    text = readFileSync(file, 'latin1')
  } catch (error) {
    throw new UsageError(`sipp: -slave_cfg ${file} cannot be read: ${(error as Error).message}`)
  }
  const peers = new Map<string, Address>()
  for (const line of text.split(/\r?\n/)) {
    const [name = '', address = ''] = line.split(';').map((part) => part.trim())
    if (name !== '' && address !== '') peers.set(name, addressOf(address))
  }
  return peers
}
