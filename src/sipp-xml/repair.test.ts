// The two readers of XML: they agree on what is well-formed, and the repairing one comes to an end with anything.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { EMBEDDED } from './embedded.js'
import { Findings } from './findings.js'
import { readScenario } from './read.js'
import { repairXml } from './repair.js'
import type { XmlElement } from './xml-tree.js'
import { readXml } from './xml.js'

const FOLDER = 'features/sipp/scenarios'
const texts = [
  ...readdirSync(FOLDER)
    .filter((name) => name.endsWith('.xml') && name !== 'broken.xml')
    .map((name) => readFileSync(join(FOLDER, name), 'latin1')),
  ...Object.values(EMBEDDED).map(({ text }) => text),
]

/** Without places, which the readers tell a little differently. */
function shape({ name, attributes, children, cdata }: XmlElement): unknown {
  return {
    name,
    attributes: attributes.map(({ name, value }) => [name, value]),
    cdata,
    children: children.map(shape),
  }
}

test('both readers see the same in well-formed files, and the lines of elements', () => {
  const lines = ({ line, children }: XmlElement): unknown => [line, children.map(lines)]
  for (const text of texts) {
    const findings = new Findings()
    const strict = readXml(text, findings)!
    assert.deepEqual(findings.list, [])
    const repaired = repairXml(text, new Findings(), 'x')!
    assert.deepEqual(shape(repaired), shape(strict))
    assert.deepEqual(lines(repaired), lines(strict))
  }
})

test('a file torn or changed anywhere is read or refused, never more', () => {
  const torn = fc.record({
    text: fc.constantFrom(...texts.filter((text) => text.length < 3000)),
    at: fc.nat(3000),
    drop: fc.nat(20),
    put: fc.constantFrom(
      '',
      '<',
      '>',
      '"',
      '--',
      ']]>',
      '<![CDATA[',
      '&',
      '\0',
      '</send>',
      '<!--',
      '\\"',
      '[',
    ),
  })
  fc.assert(
    fc.property(torn, ({ text, at, drop, put }) => {
      const { scenario, findings } = readScenario(text.slice(0, at) + put + text.slice(at + drop), 'torn')
      assert.ok(scenario !== undefined || findings.some(({ severity }) => severity === 'error'))
    }),
    { numRuns: 400 },
  )
})

test('any text is read or refused', () => {
  const letters = fc.constantFrom(...'<>/="\'!-[]?&;# \nabsendrecv$CDATA'.split(''))
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 200 }), (parts) => {
      readScenario(`<scenario>${parts.join('')}`, 'any')
    }),
    { numRuns: 400 },
  )
})

test("entities are XML's own, by name and by number; carriage returns and byte order marks are dropped", () => {
  const value = (text: string): string =>
    repairXml(`<a b="${text}"/>`, new Findings(), 'x')!
      .attributes.map((attribute) => attribute.value)
      .join()
  assert.equal(value('&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&nbsp;&#x7fffff;'), '<>&"\'AB&nbsp;&#x7fffff;')
  const root = readXml('\xef\xbb\xbf<a>\r\n<b/></a>', new Findings())
  assert.equal(root?.children[0]?.line, 2)
})

test('a DOCTYPE is passed over, also one with declarations', () => {
  const text = '<!DOCTYPE scenario SYSTEM "http://example.com/sipp.dtd" [<!ENTITY x "y">]>\n<a/>'
  assert.equal(repairXml(text, new Findings(), 'x')?.name, 'a')
  assert.equal(readXml('<!DOCTYPE scenario SYSTEM "sipp.dtd">\n<a/>', new Findings())?.name, 'a')
})
