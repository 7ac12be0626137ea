// Which tests and features exercise what of the modules: each function as a script calls it, each parameter as it is set,
// each control command as it is asked. Found by reading, so it says that something is tried, not how well.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MODULES } from '../modules/index.js'
import { CORE_CONTROLS } from '../proxy/controls.js'

export interface Subject {
  readonly module: string
  readonly kind: 'function' | 'parameter' | 'control command'
  readonly name: string
  readonly about: string
}

export interface Tried extends Subject {
  /** Files that try it, the plainest first. */
  readonly by: readonly string[]
}

/** Everything that a script or an administrator can name. */
export function subjects(): Subject[] {
  const of = (
    module: string,
    kind: Subject['kind'],
    words: Readonly<Record<string, { readonly about: string }>>,
  ) => Object.entries(words).map(([name, { about }]) => ({ module, kind, name, about }))
  return [
    ...MODULES.flatMap(({ file, functions, params, controls = {} }) => [
      ...of(file, 'function', functions),
      ...of(file, 'parameter', params),
      ...of(file, 'control command', controls),
    ]),
    ...of('core', 'control command', CORE_CONTROLS),
  ]
}

/** Features, their scripts and recorded cases, then unit tests. */
function sources(): { readonly path: string; readonly text: string }[] {
  const under = (folder: string, ending: RegExp): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && ending.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
  const paths = [
    ...under('features', /\.(?:feature|ser|cfg)$/),
    ...under('captures', /\.(?:cfg|ser)$/),
    ...under('src', /\.test\.ts$/),
  ].filter((path) => !path.includes('servers/kamailio'))
  return paths.map((path) => ({ path, text: readFileSync(path, 'latin1') }))
}

/** How a use of it looks. */
function patternOf({ module, kind, name }: Subject): RegExp {
  if (kind === 'function') return new RegExp(`(?<![\\w.])${name}\\s*\\(`)
  if (kind === 'control command') return new RegExp(`(?<![\\w.])${name}(?!\\w)`)
  const modules = `["'\`][^"'\`]*\\b${module}\\b[^"'\`]*["'\`]`
  return new RegExp(
    `${modules}\\s*,\\s*["'\`]${name}["'\`]|\\b${module}\\b[^\\n]*\\b${name}\\b|^\\s*\\|\\s*${name}\\s*\\|`,
    'm',
  )
}

export function tried(): Tried[] {
  const files = sources()
  return subjects().map((subject) => {
    const pattern = patternOf(subject)
    return { ...subject, by: files.filter(({ text }) => pattern.test(text)).map(({ path }) => path) }
  })
}

const NO_EFFECT = 'no effect: '

function isLeftOut({ about }: Subject): boolean {
  return about.startsWith(NO_EFFECT)
}

/** What nothing tries though it has an effect. */
export function neglected(): Tried[] {
  return tried().filter((one) => one.by.length === 0 && !isLeftOut(one))
}

/** The list as a page. */
export function triedPage(): string {
  const all = tried()
  const left = all
    .filter(isLeftOut)
    .map(
      ({ module, kind, name, about }) =>
        `| ${module} | ${kind} | \`${name}\` | ${about.slice(NO_EFFECT.length)} |`,
    )
  const rows = all
    .filter((one) => one.by.length > 0 && !isLeftOut(one))
    .map(({ module, kind, name, by }) => `| ${module} | ${kind} | \`${name}\` | ${by[0]} | ${by.length} |`)
  return `# What tries the modules

Each function, parameter and control command with the first file that uses it as a script or an administrator does, and how
many do: features, recorded cases, then unit tests. What each is for stands in [docs/modules.md](../../docs/modules.md). Written
by \`UPDATE=1 node --test dist/src/lab/reference.test.js\`; a test holds it current.

## Left out: ${left.length} of ${all.length}

Scripts may set them, as SER's do; nothing comes of it.

| module | | name | why |
|---|---|---|---|
${left.join('\n')}

## Used

| module | | name | first in | files |
|---|---|---|---|---|
${rows.join('\n')}
`
}
