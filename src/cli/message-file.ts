// A SIP message out of a file as people write them: line feeds become CRLF, the empty line behind the headers is
// put in when it is missing, and Content-Length follows when line ends were changed.

import type { Bytes } from '../endpoint.js'

/** The message as it would be on the wire. */
export function wireMessage(text: Bytes): Bytes {
  const asWritten = text.includes('\r\n')
  const lines = asWritten ? text : text.replaceAll('\n', '\r\n')
  const end = lines.indexOf('\r\n\r\n')
  if (end < 0) return `${lines.replace(/(?:\r\n)+$/, '')}\r\n\r\n`
  if (asWritten) return lines
  const length = lines.length - end - 4
  const headers = lines.slice(0, end).replace(/^(Content-Length|l)(\s*:\s*)\d+/im, `$1$2${length}`)
  return headers + lines.slice(end)
}
