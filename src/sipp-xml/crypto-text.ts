// SRTP's keywords in a session description (RFC 4568): suites by name, keys by chance. Media are not encrypted: whoever
// needs them so is told when the scenario is read.

import type { Random } from '../random.js'

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
/** Master key and salt: 30 octets are 40 letters. */
const KEY_LETTERS = 40

/** What an SRTP keyword becomes. */
export function cryptoText(name: string, random: Random): string {
  if (name.startsWith('cryptotag')) return name[9] ?? '1'
  if (name.startsWith('cryptokeyparams')) return `inline:${letters(random)}`
  if (name.startsWith('ueaescm')) return 'UNENCRYPTED_SRTP'
  const [, cipher, hash] = /^cryptosuite(aescm128|null)sha1(80|32)/.exec(name) ?? []
  return `${cipher === 'null' ? 'NULL' : 'AES_CM_128'}_HMAC_SHA1_${hash}`
}

function letters(random: Random): string {
  return Array.from({ length: KEY_LETTERS }, () => BASE64[random.below(BASE64.length)]).join('')
}
