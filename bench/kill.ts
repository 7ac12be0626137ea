// A registrar with usrloc's db_mode 1 is killed (SIGKILL) under load at random moments and started again, many times:
// every binding that it confirmed must be there. Exit code 1 when one is not.
//
//   node dist/bench/kill.js [--rounds 200] [--phones 100] [--seed 1] [--database URL]     (default: a SQLite file)

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { killRounds } from '../src/cli/lasting-server.js'
import { Random } from '../src/random.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    phones: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    database: { type: 'string' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'sipwright-kill-'))
const rounds = Number(values.rounds)
const { lost, counts } = await killRounds({
  ...{ folder, rounds, phones: Number(values.phones), random: new Random(Number(values.seed)) },
  database: values.database ?? `sqlite:${folder}/ser.db`,
  told: (round, { confirmed }) =>
    process.stderr.write(`\rround ${round} of ${rounds}, ${confirmed} confirmed `),
})
rmSync(folder, { recursive: true, force: true })
const { confirmed, unanswered, carriedOut, refused } = counts
process.stdout.write(
  `\n${rounds} kills: ${confirmed} confirmed, ${refused} refused, ${unanswered} under way when it was killed ` +
    `(${carriedOut} of these carried out), ${lost.length} lost\n${lost.map((line) => `${line}\n`).join('')}`,
)
process.exitCode = lost.length > 0 ? 1 : 0
