// SER's internal errors as SIP replies (the SER core); "(n/SL)" or "(n/TM)" is added by whoever answers.

import { ScriptFault } from './context.js'

/** SIP status and text of an internal fault. */
export function faultReply(fault: number): readonly [number, string] {
  switch (fault) {
    case ScriptFault.SEND:
      return [477, 'Unfortunately error on sending to next hop occurred']
    case ScriptFault.UNRESOLVABLE:
      return [478, 'Unresolvable destination']
    case ScriptFault.BAD_URI:
      return [479, 'Regretfully, we were not able to process the URI']
    case ScriptFault.BAD_REQUEST:
      return [400, 'Bad Request']
    case ScriptFault.BAD_TUPLE:
      return [400, 'Transaction tuple incomplete']
    case ScriptFault.BAD_TO:
      return [400, 'Bad To']
    case ScriptFault.EXEC:
      return [500, 'Error in external logic']
    case ScriptFault.TOO_MANY_BRANCHES:
      return [500, 'Forking capacity exceeded']
    case ScriptFault.NO_BREADTH:
      return [440, 'Max-Breadth Exceeded']
    case ScriptFault.OVERLOAD:
      return [503, 'Service Unavailable']
    default:
      return [500, "I'm terribly sorry, server error occurred"]
  }
}
