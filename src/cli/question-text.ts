// Questions and answers in words, for those who watch an engine that has no world around it. No password is shown.

import type { Answer, Question } from '../endpoint.js'
import { redacted } from '../host/database/database.js'

/** What an engine would ask the world. */
export function questionText(question: Question): string {
  if (question.kind === 'resolve') return `asks DNS for ${question.record} ${question.name}`
  if (question.kind === 'exchange') return `would ask ${question.channel}`
  if (question.kind === 'exec') return `would run ${question.command}`
  const what = question.queries.map(({ operation, table }) => `${operation} ${table}`).join(', ')
  return `would ask ${redacted(question.database)}: ${what}`
}

/** What it is told instead. */
export function answerText(answer: Answer): string {
  if (answer.kind === 'addresses') return answer.addresses.join(' ')
  if (answer.kind === 'rows')
    return `${answer.rows.length} rows, ${answer.affected} changed (tables are empty here)`
  return answer.kind === 'failure' ? answer.reason : answer.kind
}
