// Whatever the text, reading it ends in a script or in complaints with a place in it; never in anything else.

import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { ScriptErrors } from '../errors.js'
import { bindScript } from './bind.js'
import { parseScript } from './parser.js'
import { compileRegex, regexNotes } from './regex.js'
import { parseSubstitution } from './substitution.js'
import { settle, NOTHING, toy, TOYS } from './testdata/toy.js'

const FOLDER = 'src/script/testdata/good'
const SCRIPTS = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.cfg'))
  .map((file) => readFileSync(`${FOLDER}/${file}`, 'latin1'))
const RUNS = { seed: 7, numRuns: 300 }

/** The pieces of a script, so that a mutation moves whole words. */
const PIECES = SCRIPTS.map((script) => script.match(/\s+|\w+|[^\w\s]/g) ?? [])
const ALL_PIECES = [...new Set(PIECES.flat())]

/** A good script with some pieces dropped, doubled or replaced. */
const mutated = fc
  .tuple(
    fc.constantFrom(...PIECES),
    fc.array(
      fc.tuple(fc.nat(), fc.constantFrom('drop', 'double', 'replace'), fc.constantFrom(...ALL_PIECES)),
      {
        maxLength: 6,
      },
    ),
  )
  .map(([pieces, changes]) => {
    const changed = [...pieces]
    for (const [where, how, piece] of changes) {
      const at = where % changed.length
      const put = how === 'drop' ? [] : how === 'double' ? [changed[at]!, changed[at]!] : [piece]
      changed.splice(at, 1, ...put)
    }
    return changed.join('')
  })

function isReadOrRefused(text: string): void {
  try {
    const program = bindScript(parseScript(text, 'a.cfg'), TOYS)
    settle(program.run('request', 0, toy()), () => NOTHING)
  } catch (error) {
    assert.ok(error instanceof ScriptErrors, String(error))
    const lines = text.split('\n')
    for (const { position } of error.errors) {
      assert.ok(position.line >= 1 && position.line <= lines.length, error.message)
      assert.ok(
        position.column >= 1 && position.column <= lines[position.line - 1]!.length + 1,
        error.message,
      )
    }
  }
}

test('a script with a few pieces changed is read or refused', () => {
  fc.assert(fc.property(mutated, isReadOrRefused), RUNS)
})

test('any text is read or refused', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), isReadOrRefused), RUNS)
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...ALL_PIECES)), (pieces) => isReadOrRefused(pieces.join(' '))),
    RUNS,
  )
})

const patterns = fc
  .array(fc.constantFrom(...'ab.*+?|()[]{}^$\\-,1:', '[:', ':]', '{2}', '[^', '\\<', '(a|b)'), {
    maxLength: 10,
  })
  .map((pieces) => pieces.join(''))

test('any pattern is compiled or refused with its reason', () => {
  const isCompiledOrRefused = (pattern: string): void => {
    for (const newlineAware of [false, true])
      try {
        assert.ok(compileRegex(pattern, { newlineAware }) instanceof RegExp)
        assert.ok(Array.isArray(regexNotes(pattern)))
      } catch (error) {
        assert.match((error as Error).message, /^bad re /)
      }
  }
  fc.assert(fc.property(patterns, isCompiledOrRefused), { seed: 7, numRuns: 2000 })
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 20 }), isCompiledOrRefused), RUNS)
})

test('any substitution is read or refused with its reason', () => {
  const isReadOrRefusedText = (text: string): void => {
    try {
      const result = parseSubstitution(text).apply('To: <sip:a@b>\r\n', 'sip:a@b')
      assert.ok(result === undefined || typeof result === 'string')
    } catch (error) {
      assert.match((error as Error).message, /^bad (re|substitution)/)
    }
  }
  const sed = fc
    .array(fc.constantFrom(...'/ab.*()\\1guis|'), { maxLength: 12 })
    .map((letters) => `/${letters.join('')}`)
  fc.assert(fc.property(sed, isReadOrRefusedText), { seed: 7, numRuns: 2000 })
})
