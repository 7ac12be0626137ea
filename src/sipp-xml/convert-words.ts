// What an action does, in a few words, for a remark where no step says it.

import type { Action } from './program.js'
import type { Template } from './template.js'

export interface Remark {
  /** In the scenario's file. */
  readonly line: number
  readonly text: string
}

const WORDS_LENGTH_MAX = 100

/** The action in words. */
export function actionWords(action: Action): string {
  switch (action.kind) {
    case 'ereg':
      return `looks for /${action.source}/ in ${action.searchIn}${action.header === '' ? '' : ` ${action.header}`}`
    case 'log':
    case 'warning':
    case 'error':
      return `${action.kind}: ${templateWords(action.message)}`
    case 'arithmetic':
      return `${action.operation}s a variable`
    case 'shell':
      return `runs a command: ${templateWords(action.command)}`
    case 'stop':
      return action.what.replace('_', ' ')
    case 'play_pcap':
      return `plays ${action.file}`
    case 'rtp_stream':
      return `streams ${templateWords(action.what)}`
    default:
      return `${action.kind} of a variable or of the player`
  }
}

/** A text with its keywords in brackets. */
export function templateWords({ parts }: Template): string {
  const text = parts.map((part) => (typeof part === 'string' ? part : `[${part.name || part.kind}]`)).join('')
  return text.length > WORDS_LENGTH_MAX ? `${text.slice(0, WORDS_LENGTH_MAX)}...` : text
}
