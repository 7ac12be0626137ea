// Command lines and what they print: testdata/good ends with 0, testdata/bad with something else. UPDATE=1 renews.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { captured } from './captured.js'
import { main } from './main.js'

const FOLDER = 'src/cli/testdata'

for (const kind of ['good', 'bad'] as const)
  for (const file of readdirSync(`${FOLDER}/${kind}`).filter((name) => name.endsWith('.cmd')))
    test(`${kind}/${file} prints what it printed before`, async () => {
      const words = readFileSync(`${FOLDER}/${kind}/${file}`, 'utf8').trim().split(/\s+/)
      const terminal = captured()
      const code = await main(
        words.filter((word) => word !== ''),
        terminal,
      )
      assert.equal(code === 0, kind === 'good', terminal.errors)
      const { output, errors } = terminal
      const shown = `exit ${code}\n${errors === '' ? '' : `--- standard error\n${errors}`}--- standard output\n${output}`
      const golden = `${FOLDER}/${kind}/${file.replace(/\.cmd$/, '.txt')}`
      if (process.env.UPDATE === '1') writeFileSync(golden, shown)
      assert.equal(shown, readFileSync(golden, 'utf8'))
    })
