// npm run bench: what the engine costs beside others, as a table of ratios. Nothing is asserted: a shared machine's
// times repeat within a third, and only ratios taken side by side in one run mean something.
//
//   node dist/bench/index.js [parsing] [scripting] [simulating] [contacts] [growth] [pcap] [load] [sipp]     (all without a word)

import { endAll } from './child.js'
import { tableOf, type Figure } from './figures.js'
import { measureLoads } from './loads.js'
import { measureContacts, measureGrowth } from './memory.js'
import { measureParsing } from './parsing.js'
import { measureScript } from './scripting.js'
import { measureCaptures } from './pcap.js'
import { measureSimulation } from './simulating.js'
import { measureSipp } from './sipp-load.js'

const SECTIONS: Readonly<Record<string, () => Figure[] | Promise<Figure[]>>> = {
  parsing: measureParsing,
  scripting: measureScript,
  simulating: measureSimulation,
  contacts: measureContacts,
  growth: measureGrowth,
  pcap: measureCaptures,
  sipp: measureSipp,
  load: () => measureLoads((line) => process.stderr.write(`  ${line}\n`)),
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void endAll().then(() => process.exit(1)))

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(SECTIONS, name))
if (unknown.length > 0) {
  process.stderr.write(
    `bench: there is no ${unknown.join(', ')}. There are: ${Object.keys(SECTIONS).join(', ')}\n`,
  )
  process.exit(2)
}
const figures: Figure[] = []
for (const [name, measure] of Object.entries(SECTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  process.stderr.write(`${name} ...\n`)
  figures.push(...(await measure()))
}
process.stdout.write(tableOf(figures))
