// The words of the steps (README: step reference). Names are plain words, quotes are optional.

import { defineParameterType } from '@cucumber/cucumber'
import {
  parseCount,
  parseDuration,
  parseMessagePattern,
  parseOrdinal,
  parseStatus,
} from '../src/lab/patterns.js'

const bare = (text: string): string => text.replace(/^"|"$/g, '')
const NAME = '(?!T[124]\\b)[A-Z][A-Za-z0-9_-]*|"[^"]+"'
const STATUS = "\\d{3}(?: [A-Z][A-Za-z'/-]*)*|[1-6]xx"
const DURATION = '(?:\\d+\\*)?T[124]|\\d+(?:\\.\\d+)? ?(?:ms|s|seconds?|milliseconds?|minutes?|min|hours?|h)'

/** A phone: Alice, or "Alice". */
defineParameterType({ name: 'phone', regexp: new RegExp(NAME), transformer: bare })
/** A phone or the proxy, wherever a sender or receiver is meant. */
defineParameterType({
  name: 'party',
  regexp: new RegExp(`the proxy|${NAME}`),
  transformer: (text: string) => (text === 'the proxy' ? 'proxy' : bare(text)),
  useForSnippets: false,
})
/** A phone, an AOR or a URI. */
defineParameterType({
  name: 'target',
  regexp: new RegExp(`sips?:\\S+|tel:\\S+|${NAME}`),
  transformer: bare,
  useForSnippets: false,
})
defineParameterType({
  name: 'uri',
  regexp: /"?(?:sips?|tel):[^\s"]+"?/,
  transformer: bare,
  useForSnippets: false,
})
defineParameterType({
  name: 'method',
  regexp: /[A-Z]{3,}/,
  transformer: (text: string) => text,
  useForSnippets: false,
})
defineParameterType({
  name: 'status',
  regexp: new RegExp(STATUS),
  transformer: parseStatus,
  useForSnippets: false,
})
defineParameterType({
  name: 'message',
  regexp: new RegExp(`(?:${STATUS})(?: (?:to|response to) [A-Z]+)?|[A-Z]{3,}`),
  transformer: parseMessagePattern,
  useForSnippets: false,
})
defineParameterType({
  name: 'duration',
  regexp: new RegExp(DURATION),
  transformer: parseDuration,
  useForSnippets: false,
})
defineParameterType({
  name: 'count',
  regexp: /no|exactly \d+|at least \d+|at most \d+|between \d+ and \d+|\d+/,
  transformer: parseCount,
  useForSnippets: false,
})
defineParameterType({
  name: 'ordinal',
  regexp: /first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th)/,
  transformer: parseOrdinal,
  useForSnippets: false,
})
defineParameterType({
  name: 'transport',
  regexp: /UDP|TCP|TLS|WSS?|udp|tcp|tls|wss?/,
  transformer: (text: string) => text.toLowerCase(),
  useForSnippets: false,
})
defineParameterType({
  name: 'pattern',
  regexp: /\/[^/]+\//,
  transformer: (text: string) => new RegExp(text.slice(1, -1)),
  useForSnippets: false,
})
/** Two or more phones: "Desk, Cell and Soft". */
defineParameterType({
  name: 'phones',
  regexp: /[A-Z][A-Za-z0-9_-]*(?:, (?:then )?[A-Z][A-Za-z0-9_-]*)*(?: and [A-Z][A-Za-z0-9_-]*)?/,
  transformer: (text: string) => text.split(/, then |, | and /),
  useForSnippets: false,
})
