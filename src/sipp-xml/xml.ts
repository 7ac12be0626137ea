// Scenario files as trees with places. A well-formed file is read by saxes; what saxes refuses is read again by a
// scanner that repairs and says what it repaired (repair.ts). A DOCTYPE is never fetched, entities beyond XML's own
// five are not known, and depth, number of elements and size are limited.

import { SaxesParser } from 'saxes'
import { Findings, type Place } from './findings.js'
import { repairXml } from './repair.js'
import { TreeBuilder, type XmlAttribute, type XmlElement } from './xml-tree.js'

export const FILE_BYTES_MAX = 4 * 1024 * 1024
const CHUNK_LENGTH = 65_536

/** Reads a file's octets; undefined when there is no tree to be had. Never throws. */
export function readXml(bytes: string, findings: Findings): XmlElement | undefined {
  const start = { line: 1, column: 1 }
  if (bytes.length > FILE_BYTES_MAX) {
    findings.error('too-large', start, `the file is larger than ${FILE_BYTES_MAX} octets`)
    return undefined
  }
  // SIPp drops carriage returns; a byte order mark is no text.
  const text = bytes.replace(/^\xef\xbb\xbf/, '').replace(/\r/g, '')
  const strict = strictTree(text)
  if (typeof strict !== 'string') return strict
  return repairXml(text, findings, strict)
}

/** The tree of a well-formed text, or why it is none. */
function strictTree(text: string): XmlElement | string {
  const parser = new SaxesParser({ position: true })
  const builder = new TreeBuilder()
  let failure: string | undefined
  const attributes: XmlAttribute[] = []
  let place: Place = { line: 1, column: 1 }
  parser.on('error', (error) => void (failure ??= error.message))
  parser.on('opentagstart', ({ name }) => {
    place = { line: parser.line, column: Math.max(1, parser.column - name.length) }
    attributes.length = 0
  })
  parser.on('attribute', ({ name, value }) =>
    attributes.push({
      name,
      value,
      line: parser.line,
      column: Math.max(1, parser.column - value.length - 1),
    }),
  )
  parser.on('opentag', ({ name }) => void (failure ??= builder.open(name, place, [...attributes])))
  parser.on('closetag', () => builder.close())
  parser.on('cdata', (data) => builder.cdata(data, parser.line - data.split('\n').length + 1))
  parser.on('text', (data) => builder.text(data))
  try {
    // In pieces, so that a file that is too deep or broken early is not walked to its end.
    for (let at = 0; at < text.length && failure === undefined; at += CHUNK_LENGTH)
      parser.write(text.slice(at, at + CHUNK_LENGTH))
    if (failure === undefined) parser.close()
  } catch (error) {
    failure ??= (error as Error).message
  }
  return failure ?? builder.root ?? 'there is no element'
}
