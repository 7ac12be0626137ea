// How calls begin: their numbers, Call-IDs, own addresses, users and lines of the injection files.

import type { Address } from '../endpoint.js'
import { Call } from './call.js'
import { Locals } from './locals.js'
import type { PlayWorld } from './play-world.js'
import type { Scenario } from './program.js'
import { Statistics } from './statistics.js'

const INIT_ID = '///main-init'

export class CallMaker {
  readonly #locals: Locals
  readonly #freeUsers: number[] = []
  #number = 0

  constructor(
    private readonly world: PlayWorld,
    private readonly statistics: Statistics,
  ) {
    const { locals, pace } = world.options
    this.#locals = new Locals(locals)
    for (let user = pace.users ?? 0; user > 0; user--) this.#freeUsers.push(user)
  }

  /** Is this one of our own addresses? */
  owns(address: Address): boolean {
    return this.#locals.at(address) !== undefined
  }

  /** Runs a scenario's <init>; it takes a number, and is counted nowhere. */
  init(scenario: Scenario): Call {
    const call = this.#make({ scenario, id: INIT_ID, user: 0, isIncoming: false, number: ++this.#number })
    call.isInit = true
    call.statistics = statisticsFor(scenario)
    return call
  }

  /** A call that we make; with the Call-ID of another player's command when that began it. */
  outgoing(id?: string): Call {
    const { scenario, sendTo, remote } = this.world.options
    const user = id === undefined ? (this.#freeUsers.pop() ?? 0) : 0
    const call = this.#make({ scenario, id, user, isIncoming: false, number: ++this.#number })
    call.peer = sendTo ?? remote
    this.statistics.begin('OutgoingCall', this.world.now)
    this.#takeLines(call)
    return call
  }

  /** A call that a message began. */
  incoming(id: string, local: Address): Call {
    const { scenario } = this.world.options
    const call = this.#make({ scenario, id, user: 0, isIncoming: true, number: ++this.#number, local })
    this.statistics.begin('IncomingCall', this.world.now)
    this.#takeLines(call)
    return call
  }

  /** A request outside of any call, answered by a scenario of its own. */
  outside(scenario: Scenario, id: string, local: Address): Call {
    const call = this.#make({ scenario, id, user: 0, isIncoming: true, number: ++this.#number, local })
    call.statistics = statisticsFor(scenario)
    call.statistics.begin('IncomingCall', this.world.now)
    return call
  }

  /** The call is over. */
  free(call: Call): void {
    this.#locals.giveBack(call.local)
    if (call.user > 0) this.#freeUsers.push(call.user)
  }

  #make(of: {
    scenario: Scenario
    id: string | undefined
    user: number
    isIncoming: boolean
    number: number
    local?: Address
  }): Call {
    const { firstCseq, callIdForm, pid } = this.world.options
    const { scenario, number, user, isIncoming } = of
    const local = (of.local && this.#locals.at(of.local)) ?? this.#locals.take()
    const id = of.id ?? callIdFrom(callIdForm, { number, pid, address: local.address })
    const { now } = this.world
    const { statistics } = this
    const cseq = firstCseq - 1
    return new Call({ scenario, number, id, user, local, peer: undefined, now, cseq, isIncoming, statistics })
  }

  /** The lines of the injection files that the call may use; -t ui takes its own address out of one. */
  #takeLines(call: Call): void {
    const { injection, options } = this.world
    for (const file of injection.files) {
      const line = file.nextLine(call.user, options.random)
      if (line !== undefined) call.lines.set(file.name, line)
      else if (call.user > 0)
        this.world.fatal(`${file.name} has only ${file.length} lines, yet user ${call.user} was requested.`)
    }
    const [first] = injection.files
    if (options.addressField === undefined || first === undefined) return
    const address = first.field(call.lines.get(first.name) ?? 0, options.addressField)
    call.local = this.#locals.withAddress(address) ?? call.local
  }
}

/** Counters for a scenario. */
export function statisticsFor(scenario: Scenario): Statistics {
  const { timers, counters, responseTimes, callLengths, commands } = scenario
  return new Statistics({ timers, counters, responseTimes, callLengths, commands: commands.length })
}

/** -cid_str: %u the call's number, %p the process, %s the address, %% a per cent sign. */
function callIdFrom(
  form: string,
  { number, pid, address }: Record<'number' | 'pid', number> & { address: string },
) {
  const parts: Readonly<Record<string, string>> = { u: String(number), p: String(pid), s: address, '%': '%' }
  return form.replace(/%([ups%])/g, (_, letter: string) => parts[letter]!)
}
