// The process that memory is measured in: registers COUNT users at an engine and says what each took of it.
//
//   node --expose-gc dist/bench/contacts.js COUNT

import { register } from './messages.js'
import { engineOf } from './straight.js'

const SCRIPT = 'route { save("location"); }'
const LOCAL = { address: '127.0.0.1', port: 5060 }
const REMOTE = { address: '127.0.0.1', port: 5070 }
/** What a first user brings along (tables, compiled code) is not counted. */
const WARM_UP = 2000

function collected(): number {
  if (globalThis.gc === undefined) throw new Error('start it with node --expose-gc')
  for (let go = 0; go < 4; go++) globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const count = Number(process.argv[2])
const engine = engineOf(SCRIPT)
const add = (number: number): void => {
  const bytes = register(`user${number}`, number)
  engine.step({ type: 'packet', transport: 'udp', local: LOCAL, remote: REMOTE, bytes }, 0)
}
for (let number = 0; number < WARM_UP; number++) add(number)
const before = collected()
for (let number = 0; number < count; number++) add(WARM_UP + number)
process.stdout.write(`${((collected() - before) / count).toFixed(0)}\n`)
