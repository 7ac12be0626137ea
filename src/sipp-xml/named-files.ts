// What a scenario reaches for outside of itself: files that its messages take in ([file name=...]), and a shell.

import type { Action, Scenario } from './program.js'
import { anyKeyword, type Template } from './template.js'

/** The names that are written down; a name made of keywords is not known before it is used. */
export function filesNamed(scenario: Scenario): string[] {
  const names = new Set<string>()
  for (const template of templatesOf(scenario))
    anyKeyword(template, ({ kind, inner }) => {
      if (kind === 'file' && inner.name?.plain !== undefined) names.add(inner.name.plain)
      return false
    })
  return [...names]
}

/** Does a shell get something to do (<exec command="...">)? */
export function runsShell({ commands, init }: Scenario): boolean {
  return [...commands, ...init].some(({ actions }) => actions.some(({ kind }) => kind === 'shell'))
}

/** Every text with keywords in a scenario. */
export function templatesOf({ commands, init, defaults }: Scenario): Template[] {
  const templates: Template[] = [...Object.values(defaults)]
  for (const command of [...commands, ...init]) {
    if (command.kind === 'send' || command.kind === 'sendCmd') templates.push(command.template)
    for (const action of command.actions) templates.push(...templatesIn(action))
  }
  return templates
}

function templatesIn(action: Action): Template[] {
  return Object.values(action).filter(
    (value): value is Template => typeof value === 'object' && value !== null && 'parts' in value,
  )
}
