// Behaviour that Givens ask of phones: carried out once the bench stands, before anything happens.

import type { Behaviour } from '../agent/behaviour.js'
import type { Lab } from './lab.js'

export function behave(lab: Lab, name: string, change: Partial<Behaviour>): void {
  lab.beforehand(async () => {
    lab.phone(name)
    lab.driver.give(name, { type: 'command', command: { verb: 'behave', ...change } })
  })
}
