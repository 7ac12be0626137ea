// The house rules as a test: layers, what the pure layers may not touch, sizes and names.
// Each rule is a function from a file to complaints, so that a bad sample can prove that it complains.

import { strict as assert } from 'node:assert'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { describe, it } from 'node:test'
import ts from 'typescript'

// ---- the import table: imports go down, or stay in the layer ----

const WORDS = ['database', 'driver', 'endpoint', 'errors', 'random'].map((name) => `src/${name}.ts`)
const LAYERS: readonly (readonly string[])[] = [
  ['src/sip/', 'src/script/', ...WORDS],
  ['src/transaction/'],
  ['src/proxy/', 'src/modules/', 'src/agent/', 'src/sipp-xml/', 'src/pcap/', 'src/conformance/'],
  ['src/sim/', 'src/host/', 'src/sipp-wrapper/'],
  ['src/lab/', 'src/report/'],
  ['src/cli/', 'src/index.ts', 'steps/'],
]
/** Within a layer not everybody knows everybody. */
const NEVER: readonly (readonly [string, string])[] = [
  ['src/proxy/', 'src/modules/'],
  ['src/script/', 'src/sip/'],
  ['src/sip/', 'src/script/'],
  ['src/conformance/', 'src/(?:proxy|modules|agent)/'],
  ['src/agent/', 'src/(?:proxy|modules)/'],
]
/** Layers 0 to 2 are pure: time, chance and the world come in as arguments. */
const PURE_MAX = 2
/** What a driver is: those who implement it own time, so its verbs are promises. */
const TIME_OWNERS = ['src/driver.ts']
/** saxes reads text and touches nothing. */
const NODE_MODULES_OF_PURE = ['node:crypto', 'saxes']

/** What pure code may not touch, and what to use instead. */
const BANNED: Readonly<Record<string, string>> = {
  'Date.now': 'the `now` argument',
  'Math.random': 'Random of src/random.ts, handed in',
  'performance.now': 'the `now` argument',
  setTimeout: 'a deadline (src/transaction/timers.ts)',
  setInterval: 'a deadline (src/transaction/timers.ts)',
  setImmediate: 'an output, or a deadline of now',
  queueMicrotask: 'an output, or a deadline of now',
  Promise: 'an `ask` output (src/endpoint.ts), Waiting (src/script/contract.ts)',
  async: 'an `ask` output (src/endpoint.ts), Waiting (src/script/contract.ts)',
  EventEmitter: 'outputs, or a listener that is handed in',
  'process.': 'an argument of the constructor',
  Buffer: 'Bytes (src/endpoint.ts)',
  console: 'a log event',
}

// ---- sizes and names ----

const FILE_LINES_MAX = 400
const FUNCTION_LINES_MAX = 60
const LINE_WIDTH_MAX = 130
/** Pages, style sheets, patterns and quoted texts of this length are not broken for the width's sake. */
const UNBREAKABLE_MIN = 60
/** Tables may be as long as what they list. */
const TABLES = ['src/proxy/profile.ts', 'src/sip/names.ts', 'src/sip/reasons.ts', 'src/transaction/tables.ts']
const NAMES_THAT_SAY_NOTHING = /(?:Manager|Helpers?|Utils?)$|^(?:helpers?|utils?|misc|common)$/
/** Comments that promise instead of doing. */
const PROMISES = /\b(?:TO[D]O|FIX[M]E)\b/

interface Source {
  readonly path: string
  readonly text: string
}
type HouseRule = (source: Source) => string[]

const isTest = (path: string): boolean => path.endsWith('.test.ts')

/** The layer of a path; undefined for one outside the table. */
function layerOf(path: string): number | undefined {
  const layer = LAYERS.findIndex((places) =>
    places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place)),
  )
  return layer < 0 ? undefined : layer
}

function isPure({ path }: Source): boolean {
  return !isTest(path) && !TIME_OWNERS.includes(path) && (layerOf(path) ?? Infinity) <= PURE_MAX
}

function parsed({ path, text }: Source): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
}

function lineOf(node: ts.Node): number {
  const file = node.getSourceFile()
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

/** Modules that a file imports, also only types, also by import(). */
function importsOf(source: Source): { specifier: string; line: number }[] {
  const found: { specifier: string; line: number }[] = []
  walk(parsed(source), (node) => {
    const from =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined
    if (from !== undefined && ts.isStringLiteral(from))
      found.push({ specifier: from.text, line: lineOf(node) })
  })
  return found
}

const importsGoDown: HouseRule = (source) => {
  const layer = layerOf(source.path)
  if (isTest(source.path)) return []
  if (layer === undefined)
    return [`${source.path} is in no layer: put its folder into the table of src/tidy.test.ts`]
  return importsOf(source).flatMap(({ specifier, line }) => {
    const place = `${source.path}:${line}`
    if (!specifier.startsWith('.')) {
      const allowed = layer > PURE_MAX || NODE_MODULES_OF_PURE.includes(specifier)
      return allowed
        ? []
        : [`${place} imports ${specifier}: layer ${layer} is pure; ask the host (src/endpoint.ts)`]
    }
    const target = normalize(join(source.path, '..', specifier)).replace(/\.js$/, '.ts')
    const above = layerOf(target)
    if (above === undefined) return [`${place} imports ${target}, which is in no layer`]
    if (above > layer) return [`${place} imports ${target}: layer ${layer} may not know layer ${above}`]
    const pair = NEVER.find(([from, to]) => source.path.startsWith(from) && new RegExp(`^${to}`).test(target))
    return pair === undefined ? [] : [`${place} imports ${target}: ${pair[0]} may not know it, hand it in`]
  })
}

const pureIsPure: HouseRule = (source) => {
  if (!isPure(source)) return []
  const complaints: string[] = []
  walk(parsed(source), (node) => {
    const word = bannedWord(node)
    if (word !== undefined) complaints.push(`${source.path}:${lineOf(node)}: ${word}; use ${BANNED[word]}`)
  })
  return complaints
}

/** The banned word that this node is. */
function bannedWord(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) return 'async'
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length)
    return 'Date.now'
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText()
    if (node.expression.getText() === 'process') return 'process.'
    return Object.hasOwn(BANNED, text) ? text : undefined
  }
  if (!ts.isIdentifier(node) || !Object.hasOwn(BANNED, node.text)) return undefined
  const { parent } = node
  const isName =
    (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) && parent.name === node
  return isName ? undefined : node.text
}

const filesAreShort: HouseRule = ({ path, text }) => {
  const lines = text.split('\n').length - 1
  return lines <= FILE_LINES_MAX || TABLES.includes(path)
    ? []
    : [`${path} has ${lines} lines, ${FILE_LINES_MAX} at most`]
}

const functionsAreShort: HouseRule = (source) => {
  const complaints: string[] = []
  walk(parsed(source), (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined || isSuite(node)) return
    const file = node.getSourceFile()
    const lines = file.getLineAndCharacterOfPosition(node.end).line + 2 - lineOf(node)
    if (lines > FUNCTION_LINES_MAX)
      complaints.push(
        `${source.path}:${lineOf(node)}: a function of ${lines} lines, ${FUNCTION_LINES_MAX} at most`,
      )
  })
  return complaints
}

/** The function of a describe() is a list of tests. */
function isSuite({ parent }: ts.Node): boolean {
  return ts.isCallExpression(parent) && /^(?:describe|suite)\b/.test(parent.expression.getText())
}

const linesAreNarrow: HouseRule = (source) => {
  const unbreakable = new Set<number>()
  walk(parsed(source), (node) => {
    const file = node.getSourceFile()
    if (!ts.isTemplateExpression(node) && !ts.isLiteralExpression(node)) return
    if (node.end - node.getStart() < UNBREAKABLE_MIN) return
    const last = file.getLineAndCharacterOfPosition(node.end).line + 1
    for (let line = lineOf(node); line <= last; line++) unbreakable.add(line)
  })
  return source.text.split('\n').flatMap((line, at) => {
    const complaint = `${source.path}:${at + 1}: a line of ${line.length} characters, ${LINE_WIDTH_MAX} at most`
    return line.length > LINE_WIDTH_MAX && !unbreakable.has(at + 1) ? [complaint] : []
  })
}

const filesHaveAHead: HouseRule = ({ path, text }) =>
  /^(?:#!.*\n)?(?:\/\/ \S|\/\*\* ?\S)/.test(text) ? [] : [`${path} has no head comment: what is it for?`]

const exportsAreNamed: HouseRule = (source) => {
  const complaints: string[] = []
  walk(parsed(source), (node) => {
    const isDefault =
      ts.isExportAssignment(node) ||
      (ts.canHaveModifiers(node) &&
        ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword))
    if (isDefault) complaints.push(`${source.path}:${lineOf(node)}: a default export; give it a name`)
  })
  return complaints
}

const nothingIsPromised: HouseRule = ({ path, text }) =>
  text
    .split('\n')
    .flatMap((line, at) =>
      PROMISES.test(line) ? [`${path}:${at + 1}: do it or leave it: ${line.trim()}`] : [],
    )

const namesSaySomething: HouseRule = (source) => {
  const complaints = source.path
    .split('/')
    .filter((part) => NAMES_THAT_SAY_NOTHING.test(part.replace(/\..*$/, '')))
    .map((part) => `${source.path}: "${part}" does not say what is in it`)
  walk(parsed(source), (node) => {
    const { name } = node as { name?: ts.Node }
    if (!ts.isClassDeclaration(node) && !ts.isFunctionDeclaration(node) && !ts.isInterfaceDeclaration(node))
      return
    if (name !== undefined && NAMES_THAT_SAY_NOTHING.test(name.getText()))
      complaints.push(`${source.path}:${lineOf(node)}: ${name.getText()} does not say what it does`)
  })
  return complaints
}

// ---- the project ----

const ROOTS = ['src', 'steps', 'bench']
const sources: Source[] = ROOTS.flatMap(filesUnder)
  .filter((path) => path.endsWith('.ts') && !path.includes('/testdata/'))
  .map(read)
const scripts: Source[] = ['bin', 'docker', '.ci', 'features', 'docs'].flatMap(filesUnder).map(read)

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function read(path: string): Source {
  return { path, text: readFileSync(path, 'utf8') }
}

/** Bench programs stand beside the layers. */
const layered = (of: readonly Source[]): Source[] => of.filter(({ path }) => !path.startsWith('bench/'))

interface House {
  readonly about: string
  readonly rule: HouseRule
  readonly over: readonly Source[]
  /** A file that breaks it. */
  readonly bad: readonly (readonly [path: string, text: string])[]
  readonly good: readonly [path: string, text: string]
}

const HOUSE: readonly House[] = [
  {
    about: 'imports go down the layers, and pure layers import no part of Node',
    rule: importsGoDown,
    over: layered(sources),
    bad: [
      ['src/sip/uri.ts', "import { Engine } from '../proxy/engine.js'"],
      ['src/proxy/engine.ts', "import type { Tm } from '../modules/tm/tm.js'"],
      ['src/proxy/engine.ts', "import { readFileSync } from 'node:fs'"],
      ['src/lab/lab.ts', "export { main } from '../cli/main.js'"],
      ['src/sim/driver.ts', "const lab = await import('../lab/lab.js')"],
      ['src/attic/old.ts', ''],
    ],
    good: [
      'src/modules/rr.ts',
      "import { createHash } from 'node:crypto'\nimport { x } from '../sip/uri.js'",
    ],
  },
  {
    about: 'layers 0 to 2 touch no clock, chance, timer, promise or process',
    rule: pureIsPure,
    over: sources,
    bad: [
      ['src/sip/a.ts', 'const now = Date.now()'],
      ['src/sip/a.ts', 'const now = new Date()'],
      ['src/script/a.ts', 'const x = Math.random()'],
      ['src/proxy/a.ts', 'setTimeout(() => {}, 5)'],
      ['src/agent/a.ts', 'setInterval(() => {}, 5)'],
      ['src/agent/a.ts', 'function f(): Promise<void> {}'],
      ['src/agent/a.ts', 'async function f() {}'],
      ['src/modules/a.ts', 'class A extends EventEmitter {}'],
      ['src/modules/a.ts', 'const x = process.env.HOME'],
      ['src/modules/a.ts', "const x = Buffer.from('')"],
      ['src/transaction/a.ts', "console.log('x')"],
    ],
    good: [
      'src/sip/a.ts',
      "// Date.now is the host's\nfunction process() {}\nprocess()\nconst at = new Date(0)",
    ],
  },
  {
    about: `files have at most ${FILE_LINES_MAX} lines, tables aside`,
    rule: filesAreShort,
    over: sources,
    bad: [['src/sip/a.ts', 'x\n'.repeat(FILE_LINES_MAX + 1)]],
    good: ['src/proxy/profile.ts', 'x\n'.repeat(FILE_LINES_MAX + 1)],
  },
  {
    about: `functions have at most ${FUNCTION_LINES_MAX} lines`,
    rule: functionsAreShort,
    over: sources,
    bad: [
      ['src/sip/a.ts', `function f() {${'\n'.repeat(FUNCTION_LINES_MAX)}}`],
      ['src/sip/a.ts', `const f = () => {${'\n'.repeat(FUNCTION_LINES_MAX)}}`],
      ['src/sip/a.ts', `class A { m() {${'\n'.repeat(FUNCTION_LINES_MAX)}} }`],
    ],
    good: ['src/sip/a.ts', `function f() {${'\n'.repeat(FUNCTION_LINES_MAX - 1)}}`],
  },
  {
    about: `lines have at most ${LINE_WIDTH_MAX} characters`,
    rule: linesAreNarrow,
    over: sources,
    bad: [['src/sip/a.ts', `\n${'x'.repeat(LINE_WIDTH_MAX + 1)}\n`]],
    good: ['src/sip/a.ts', `${'x'.repeat(LINE_WIDTH_MAX)}\nconst page = \`${'x'.repeat(LINE_WIDTH_MAX)}\``],
  },
  {
    about: 'every file says at its head what it is for',
    rule: filesHaveAHead,
    over: sources,
    bad: [
      ['src/sip/a.ts', "import { x } from './x.js'\n// late\n"],
      ['src/sip/a.ts', '//\n'],
    ],
    good: ['src/sip/a.ts', '// What it is for.\n'],
  },
  {
    about: 'exports have names',
    rule: exportsAreNamed,
    over: sources,
    bad: [
      ['src/sip/a.ts', 'export default function f() {}'],
      ['src/sip/a.ts', 'const a = 1\nexport default a'],
    ],
    good: ['src/sip/a.ts', 'export const a = 1'],
  },
  {
    about: 'nothing is left for later in a comment',
    rule: nothingIsPromised,
    over: [...sources, ...scripts],
    bad: [
      ['src/sip/a.ts', `// ${'TO'}DO: later`],
      ['src/sip/a.ts', `// ${'FIX'}ME`],
    ],
    good: ['src/sip/a.ts', '// To do this is right.'],
  },
  {
    about: 'names say what a thing does',
    rule: namesSaySomething,
    over: sources,
    bad: [
      ['src/sip/a.ts', 'class CallManager {}'],
      ['src/sip/a.ts', 'function uriHelper() {}'],
      ['src/sip/utils.ts', ''],
    ],
    good: ['src/sip/uri.ts', 'class Calls {}'],
  },
]

describe('the house', () => {
  for (const { about, rule, over, bad, good } of HOUSE) {
    it(about, () => assert.deepEqual(over.flatMap(rule), []))

    it(`complains when not: ${about}`, () => {
      for (const [path, text] of bad) assert.equal(rule({ path, text }).length > 0, true, text.slice(0, 80))
      const [path, text] = good
      assert.deepEqual(rule({ path, text }), [])
    })
  }

  it('is looked at in full', () => {
    assert.ok(sources.length > 100, `only ${sources.length} files were found: is this the project's folder?`)
  })
})
