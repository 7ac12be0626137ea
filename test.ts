// Runs every unit test in one process: node --test starts a process a file, which costs more than the tests.
import { readdirSync } from 'node:fs'

const here = import.meta.dirname
const tests = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .sort()
for (const file of tests) await import(`${here}/${file}`)
