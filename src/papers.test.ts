// What stands beside the code is true: the architecture names only what is there, no file knows a folder of one machine, and
// packages come from where everybody gets them. Each rule is shown a bad sample too.

import { strict as assert } from 'node:assert'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const MACHINE_PATHS = new RegExp(`(?:^|[\\s"'\`(=:])/(?:${['work', 'tmp', 'home', 'root'].join('|')})/`)
const REGISTRY = 'https://registry.npmjs.org/'

interface Source {
  readonly path: string
  readonly text: string
}
type HouseRule = (source: Source) => string[]

const noMachinePaths: HouseRule = ({ path, text }) =>
  path.endsWith('.test.ts')
    ? []
    : text
        .split('\n')
        .flatMap((line, at) =>
          MACHINE_PATHS.test(line) ? [`${path}:${at + 1}: a path of one machine: ${line.trim()}`] : [],
        )

/** Paths in `back quotes` that a paper names; a folder ends in a slash. */
const papersNameWhatIsThere: HouseRule = ({ path, text }) =>
  [...text.matchAll(/(?<![\w/])((?:src|steps|bench|docs|features|captures|docker|\.ci)\/[\w./-]*)/g)]
    .map(([, name = '']) => name.replace(/\.$/, ''))
    .filter((name) => !existsSync(name))
    .map((name) => `${path} names ${name}, which is not there`)

const onlyTheRegistry: HouseRule = ({ path, text }) =>
  [...text.matchAll(/"resolved": "([^"]*)"/g)]
    .filter(([, url = '']) => !url.startsWith(REGISTRY))
    .map(([, url]) => `${path}: ${url} is not at ${REGISTRY}`)

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function read(path: string): Source {
  return { path, text: readFileSync(path, 'latin1') }
}

const papers = ['ARCHITECTURE.md', 'README.md', 'CHANGELOG.md'].filter((path) => existsSync(path)).map(read)
/** README and CHANGELOG also speak of files in the reader's own folders. */
const architecture = papers.filter(({ path }) => path === 'ARCHITECTURE.md')
const everything = ['src', 'steps', 'bench', 'bin', 'docker', '.ci', 'features', 'docs']
  .flatMap(filesUnder)
  .filter((path) => !path.includes('/testdata/'))
  .map(read)

interface Papers {
  readonly about: string
  readonly rule: HouseRule
  readonly over: readonly Source[]
  readonly bad: Source
  readonly good: Source
}

const PAPERS: readonly Papers[] = [
  {
    about: 'no file knows a folder of one machine',
    rule: noMachinePaths,
    over: [...everything, ...papers],
    bad: { path: 'src/cli/a.ts', text: "const file = '/tmp/x'" },
    good: { path: 'src/cli/a.ts', text: "const file = 'reports/tmp/x'" },
  },
  {
    about: 'ARCHITECTURE.md names only what is there',
    rule: papersNameWhatIsThere,
    over: architecture,
    bad: { path: 'ARCHITECTURE.md', text: 'see `src/gone/away.ts`' },
    good: { path: 'ARCHITECTURE.md', text: 'see `src/papers.test.ts`, in `src/`.' },
  },
  {
    about: 'packages come from the default registry',
    rule: onlyTheRegistry,
    over: [read('package-lock.json')],
    bad: { path: 'package-lock.json', text: '"resolved": "http://mirror.test/a.tgz"' },
    good: { path: 'package-lock.json', text: `"resolved": "${REGISTRY}a.tgz"` },
  },
]

describe('what stands beside the code', () => {
  for (const { about, rule, over, bad, good } of PAPERS) {
    it(about, () => assert.deepEqual(over.flatMap(rule), []))

    it(`complains when not: ${about}`, () => {
      assert.equal(rule(bad).length, 1)
      assert.deepEqual(rule(good), [])
    })
  }
})
