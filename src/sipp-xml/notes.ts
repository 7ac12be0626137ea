// What a scenario that can be played still makes one think of: what needs something from outside, what SIPp itself
// refuses, what this player takes without doing it.

import type { Finding } from './findings.js'
import { templatesOf } from './named-files.js'
import type { Scenario } from './program.js'
import { anyKeyword } from './template.js'

const START = { line: 1, column: 1 }

/** Warnings about a scenario as a whole. */
export function playNotes(scenario: Scenario, bytes: string): Finding[] {
  const notes: Finding[] = []
  const note = (kind: Finding['kind'], text: string, hint: string, line = 1): void =>
    void notes.push({ severity: 'warning', kind, ...START, line, text, hint })
  if (!/^\s*(?:\xef\xbb\xbf)?<\?xml/.test(bytes))
    note('not-well-formed', 'the file does not begin with <?xml', 'real SIPp 3.6 cannot load it')
  const uses = (kind: string): boolean =>
    templatesOf(scenario).some((template) => anyKeyword(template, (keyword) => keyword.kind === kind))
  if (scenario.userKeywords.length > 0)
    note(
      'unknown-keyword',
      `keywords of its own: ${scenario.userKeywords.join(', ')}`,
      'give them with -key NAME VALUE',
    )
  if (uses('srtp')) note('not-played', 'SRTP keywords', 'they are written, but media are not encrypted')
  if (uses('field')) note('not-played', '[fieldN] needs CSV files', 'give them with -inf FILE')
  for (const { kind, line, actions } of [...scenario.commands, ...scenario.init])
    for (const action of actions)
      if (action.kind === 'shell')
        note('shell', `a shell command in <${kind}>`, '--allow-exec carries it out', line)
  return notes
}
