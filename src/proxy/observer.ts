// Turns what happens in a running script into events, for coverage, explain and reports.

import type { TraceEvent } from '../endpoint.js'
import type { ScriptObserver } from '../script/contract.js'
import type { Engine } from './engine.js'

export function observerOf(engine: Engine): ScriptObserver {
  const put = (event: TraceEvent): void => engine.put({ type: 'event', event })
  return {
    routeEntered: (route) => put({ kind: 'route', route, enter: true }),
    routeLeft: (route, value) => put({ kind: 'route', route, enter: false, value }),
    statement: (line, column, text, file) => put({ kind: 'line', file, line, column, text }),
    returned: (line, call, value) => put({ kind: 'result', line, call, value }),
    decided: (line, column, taken, file) => put({ kind: 'arm', file, line, column, taken }),
    log: (level, text) => engine.log(level, text),
  }
}
