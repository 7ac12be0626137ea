// Which deviations make which rows fail: profile `ser` is profile `rfc3261` with every rule of the list turned. A row that fails
// there is played again with one rule turned, and where none does it alone, with as few as do it together.

import type { Case } from '../../conformance/cases/case.js'
import { DEVIATIONS, type DeviationName } from '../../proxy/profile.js'
import { VirtualTarget } from './virtual.js'

const ALL = Object.keys(DEVIATIONS) as DeviationName[]

export interface Prediction {
  readonly id: string
  /** Each makes the row fail; where it takes several at once, they are one. */
  readonly by: readonly (readonly DeviationName[])[]
}

/** Does the row fail under `rfc3261` with these rules as SER has them? */
export async function failsWith(
  one: Case,
  turned: readonly DeviationName[],
  folder: string,
  seed: number,
): Promise<boolean> {
  const target = new VirtualTarget(folder, 'rfc3261', seed, undefined, turned)
  return (await target.run(one)).verdict === 'fail'
}

/** Rows that pass under `rfc3261` and fail under `ser`. */
export async function serRows(cases: readonly Case[], folder: string, seed: number): Promise<Case[]> {
  const rows: Case[] = []
  const [sound, ser] = [new VirtualTarget(folder, 'rfc3261', seed), new VirtualTarget(folder, 'ser', seed)]
  for (const one of cases)
    if ((await ser.run(one)).verdict === 'fail' && (await sound.run(one)).verdict === 'pass') rows.push(one)
  return rows
}

/** What makes a row of `serRows` fail. */
export async function predictionOf(one: Case, folder: string, seed: number): Promise<Prediction> {
  const alone: DeviationName[] = []
  for (const name of ALL) if (await failsWith(one, [name], folder, seed)) alone.push(name)
  if (alone.length > 0) return { id: one.id, by: alone.map((name) => [name]) }
  let together = ALL
  for (const name of ALL) {
    const fewer = together.filter((other) => other !== name)
    if (await failsWith(one, fewer, folder, seed)) together = fewer
  }
  return { id: one.id, by: [together] }
}

/** The list as a page. */
export function predictionsPage(predictions: readonly Prediction[], cases: readonly Case[]): string {
  const titles = new Map(cases.map(({ id, level, title }) => [id, `${level} | ${title}`]))
  const rows = predictions.map(
    ({ id, by }) => `| ${id} | ${titles.get(id)} | ${by.map((names) => names.join(' + ')).join(', ')} |`,
  )
  return `# What profile \`ser\` does not pass

Profile \`ser\` does what SER did. Each row of the catalogue that fails there, and passes under \`rfc3261\`, with the
deviations ([docs/deviations.md](../../docs/deviations.md)) that make it fail: one by itself, or (+) several together. Written
by \`UPDATE=1 node --test dist/src/lab/conformance/predictions.test.js\`; the same test holds it true.

| row | level | title | fails by |
|---|---|---|---|
${rows.join('\n')}
`
}
