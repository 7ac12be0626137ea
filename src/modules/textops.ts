// SER module textops: search and edit the text of messages (SER's modules).
//
// Patterns run on the message as received; edits queued before are not visible to them.

import type { Context } from '../proxy/context.js'
import type { ModuleRecord } from '../proxy/module.js'
import { URI_LENGTH_MAX } from '../proxy/rewrite.js'
import type { FunctionRecord, Result, RouteKind } from '../script/contract.js'
import type { Substitution } from '../script/substitution.js'

const ALL: readonly RouteKind[] = ['request', 'failure', 'onreply']
/** Replacements of one replace_all or subst with flag g. */
const REPLACEMENTS_MAX = 1000

type Found = { readonly at: number; readonly match: RegExpExecArray }

/** Matches from the headers on (the first line is left alone), at most `limit`. */
function findAll({ message }: Context, pattern: RegExp, limit: number): Found[] {
  const found: Found[] = []
  const scope = message.text.slice(message.headersStart)
  const global = new RegExp(pattern.source, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`)
  for (let match = global.exec(scope); match !== null && found.length < limit; match = global.exec(scope)) {
    found.push({ at: message.headersStart + match.index, match })
    if (match[0] === '') global.lastIndex++
  }
  return found
}

function replaceMatches(
  context: Context,
  found: readonly Found[],
  text: (match: RegExpExecArray) => string,
): Result {
  for (const { at, match } of found) context.edits.push({ at, cut: match[0].length, put: text(match) })
  return found.length > 0 ? 1 : -1
}

function search({ message }: Context, pattern: RegExp): Result {
  return pattern.test(message.text) ? 1 : -1
}

function searchAppend(context: Context, pattern: RegExp, text: string): Result {
  const [first] = findAll(context, pattern, 1)
  if (first === undefined) return -1
  context.edits.push({ at: first.at + first.match[0].length, cut: 0, put: text })
  return 1
}

function replace(limit: number) {
  return (context: Context, pattern: RegExp, text: string): Result =>
    replaceMatches(context, findAll(context, pattern, limit), () => text)
}

function subst(context: Context, { regex, global, replacement }: Substitution): Result {
  const found = findAll(context, regex, global ? REPLACEMENTS_MAX : 1)
  return replaceMatches(context, found, (match) => replacement(match, context.uri))
}

/** The text with the substitution done; undefined when nothing matched. */
function substituted(
  text: string,
  { regex, global, replacement }: Substitution,
  uri: string,
): string | undefined {
  let result = ''
  let from = 0
  const pattern = new RegExp(regex.source, regex.flags.includes('g') ? regex.flags : `${regex.flags}g`)
  for (let match = pattern.exec(text); match !== null; match = global ? pattern.exec(text) : null) {
    result += text.slice(from, match.index) + replacement(match, uri)
    from = match.index + match[0].length
    if (match[0] === '') pattern.lastIndex++
  }
  return from === 0 && result === '' ? undefined : result + text.slice(from)
}

function substUri(context: Context, substitution: Substitution): Result {
  const uri = substituted(context.uri, substitution, context.uri)
  if (uri === undefined || uri.length > URI_LENGTH_MAX) return -1
  context.setUri(uri)
  return 1
}

function substUser(context: Context, substitution: Substitution): Result {
  const parts = /^(sips?:)([^@:;?]*)(.*)$/is.exec(context.uri)
  const user = parts === null ? undefined : substituted(parts[2]!, substitution, context.uri)
  if (parts === null || user === undefined) return -1
  context.setUri(parts[1]! + user + parts[3]!)
  return 1
}

/** Indexes of the headers of exactly this name, in any case; the compact form is another name. */
function headersOf({ message }: Context, name: string): number[] {
  const lower = name.toLowerCase()
  const indexes: number[] = []
  for (let index = 0; index < message.headerCount; index++)
    if (message.nameOf(index).toLowerCase() === lower) indexes.push(index)
  return indexes
}

function removeHeader(context: Context, name: string): Result {
  const indexes = headersOf(context, name)
  for (const index of indexes) context.cut(context.message.lineStart(index), context.message.lineEnd(index))
  return indexes.length > 0 ? 1 : -1
}

function edit(about: string, args: FunctionRecord<Context>['args'], call: FunctionRecord<Context>['call']) {
  return { args, routes: ALL, about, call }
}

export const textops: ModuleRecord = {
  name: 'textops',
  file: 'textops',
  about: 'search and edit the text of messages',
  params: {},
  start: () => ({}),
  functions: {
    search: edit('does the pattern match anywhere in the message?', ['regex'], search),
    search_append: edit('puts text behind the first match', ['regex', 'string'], searchAppend),
    replace: edit('replaces the first match', ['regex', 'string'], replace(1)),
    replace_all: edit('replaces all matches', ['regex', 'string'], replace(REPLACEMENTS_MAX)),
    subst: edit('sed-like substitution', ['substitution'], subst),
    subst_uri: edit('sed-like substitution on the Request-URI', ['substitution'], substUri),
    subst_user: edit('sed-like substitution on the user of the Request-URI', ['substitution'], substUser),
    append_hf: edit(
      'adds a header behind the last one, as written',
      ['string'],
      (context: Context, text: string) => {
        context.append(text)
        return 1
      },
    ),
    append_urihf: {
      args: ['string', 'string'],
      routes: ['request', 'failure'],
      about: 'adds a header of prefix, original Request-URI and suffix',
      call: (context: Context, before: string, after: string) => {
        context.append(before + context.message.requestUri + after)
        return 1
      },
    },
    append_to_reply: {
      args: ['string'],
      routes: ['request'],
      about: 'adds a header to the replies made here',
      call: (context: Context, text: string) => {
        context.replyHeaders.push(text)
        return 1
      },
    },
    remove_hf: edit('takes out all headers of this name', ['string'], removeHeader),
    is_present_hf: edit('is there a header of this name?', ['string'], (context: Context, name: string) =>
      headersOf(context, name).length > 0 ? 1 : -1,
    ),
    append_time: {
      args: [],
      routes: ALL,
      about: 'adds a Date header to replies made here',
      call: (context: Context) => {
        context.replyHeaders.push(`Date: ${context.engine.clock(context.now).toUTCString()}\r\n`)
        return 1
      },
    },
  },
}
