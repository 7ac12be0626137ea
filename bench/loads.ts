// The end-to-end comparison: both logics at both rates, sides in turns, medians and their ratio.

import { median, skipped, times, type Figure } from './figures.js'
import { measureLoad, type Load, type Measured } from './load.js'
import { has, kamailioSide, ourSide, type Logic, type Side } from './sides.js'

const RATES = [1000, 3000]
const SECONDS = 8
const ROUNDS = 2
const BUDGETS: Readonly<Record<Logic, string>> = {
  stateful: '<= 1.50, goal 1.00',
  stateless: '<= 1.40, goal 0.60',
}
/** More of the calls than this failed or were sent again: the machine was too small for the load, and the ratio says nothing. */
const OVERLOAD_SHARE = 0.02
const INSTALL = 'apt-get install sip-tester kamailio'

/** `say` is told of each single run. */
export async function measureLoads(say: (line: string) => void): Promise<Figure[]> {
  if (!has('sipp')) return [skipped('CPU a call under load', 'SIPp is not there', INSTALL)]
  const figures: Figure[] = []
  for (const logic of ['stateful', 'stateless'] as const)
    for (const callsPerSecond of RATES)
      figures.push(await compare(logic, { callsPerSecond, seconds: SECONDS }, say))
  return figures
}

async function compare(logic: Logic, load: Load, say: (line: string) => void): Promise<Figure> {
  const sides = has('kamailio') ? [ourSide, kamailioSide] : [ourSide]
  const runs = new Map<Side, Measured[]>(sides.map((side) => [side, []]))
  for (let round = 0; round < ROUNDS; round++)
    for (const side of sides) {
      const measured = await measureLoad(side, logic, load)
      runs.get(side)!.push(measured)
      const { microsecondsPerCall, calls, failed, retransmissions } = measured
      say(
        `${logic} ${load.callsPerSecond} calls/s, ${side.name}: ${microsecondsPerCall.toFixed(0)} us a call ` +
          `(${calls} calls, ${failed} failed, ${retransmissions} retransmissions)`,
      )
    }
  const cost = (side: Side): number => median((runs.get(side) ?? []).map((one) => one.microsecondsPerCall))
  const about = `${logic} CPU a call at ${load.callsPerSecond} calls/s, us`
  const ours = cost(ourSide).toFixed(0)
  if (!has('kamailio')) return { ...skipped(about, 'Kamailio is not there', INSTALL), ours }
  const other = cost(kamailioSide)
  const mark = (side: Side): string => (runs.get(side)!.some(isOverloaded) ? ' (overloaded)' : '')
  return {
    ...{ about, ours: ours + mark(ourSide), budget: BUDGETS[logic] },
    other: `${kamailioSide.name} ${other.toFixed(0)}${mark(kamailioSide)}`,
    ratio: times(cost(ourSide), other),
  }
}

function isOverloaded({ calls, failed, retransmissions }: Measured): boolean {
  return failed + retransmissions > calls * OVERLOAD_SHARE
}
