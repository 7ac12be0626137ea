// Which messages a case means: "INVITE", "200", "4xx", "2xx or 486", "a request", "a response", "anything".

import type { Message } from '../../sip/message.js'

const ONE = /^(?:anything|a request|a response|a final response|(?:[1-6]xx|\d{3}|[!-~]+)(?: to [!-~]+)?)$/

/** Does this text mean messages? */
export function isPattern(text: string): boolean {
  return text.split(/ or |\|/).every((one) => ONE.test(one.trim()))
}

/** 1xx is 101 to 199: 100 says nothing of the call and is named where it is meant. */
export function fits(message: Message, pattern: string): boolean {
  return pattern.split(/ or |\|/).some((one) => fitsOne(message, one.trim()))
}

function fitsOne(message: Message, pattern: string): boolean {
  if (pattern === 'anything') return true
  if (pattern === 'a request') return message.isRequest
  if (pattern === 'a response') return !message.isRequest && message.status !== 100
  if (pattern === 'a final response') return message.status >= 200
  const [word = '', to, method] = pattern.split(' ')
  if (to === 'to' && message.cseqMethod !== method) return false
  if (/^[1-6]xx$/.test(word))
    return message.status !== 100 && Math.floor(message.status / 100) === Number(word[0])
  if (/^\d{3}$/.test(word)) return message.status === Number(word)
  return message.isRequest && message.method === word
}

/** Has the answer come, and it is another than the pattern says? Then nobody need wait on. */
export function isFinalFor(message: Message, pattern: string): boolean {
  if (message.status < 200 || !/^[\dx]|^a final/.test(pattern)) return false
  const method = / to ([A-Z]+)$/.exec(pattern)?.[1]
  return (method === undefined || message.cseqMethod === method) && !fits(message, pattern)
}

/** A message in a word or two. */
export function told(message: Message): string {
  return message.isRequest
    ? `${message.method} ${message.requestUri}`
    : `${message.status} ${message.reason} to ${message.cseqMethod}`
}
