// What an engine has counted, in Prometheus' text format.

import type { Milliseconds } from '../endpoint.js'
import { sl } from '../modules/sl.js'
import { tm } from '../modules/tm/index.js'
import { usrloc } from '../modules/usrloc.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleRecord } from '../proxy/module.js'
import { version } from './version.js'

type Sample = readonly [labels: Readonly<Record<string, string | number>>, value: number]

interface Metric {
  /** Without "sipwright_". */
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly about: string
  readonly samples: readonly Sample[]
}

const one = (value: number): readonly Sample[] => [[{}, value]]

/** The whole page. */
export function metricsText(engine: Engine, uptimeMs: Milliseconds): string {
  return [
    ...traffic(engine),
    ...statelessReplies(engine),
    ...transactions(engine),
    ...bindings(engine),
    ...self(engine, uptimeMs),
  ]
    .map(written)
    .join('')
}

function written({ name, type, about, samples }: Metric): string {
  const full = `sipwright_${name}`
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(String(text))}"`)
    return `${full}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`
  })
  return `# HELP ${full} ${about}\n# TYPE ${full} ${type}\n${lines.join('')}`
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}

function traffic({ traffic: { requests, responses, dropped } }: Engine): Metric[] {
  const statuses: Sample[] = []
  responses.forEach((count, status) => {
    if (count > 0) statuses.push([{ status }, count])
  })
  const methods = [...requests].map(([method, { count }]): Sample => [{ method }, count])
  return [
    { name: 'requests_received_total', type: 'counter', about: 'requests received', samples: methods },
    { name: 'responses_received_total', type: 'counter', about: 'responses received', samples: statuses },
    { name: 'messages_dropped_total', type: 'counter', about: 'messages dropped', samples: one(dropped) },
  ]
}

function isLoaded(engine: Engine, record: object): boolean {
  return engine.has(record as ModuleRecord<never>)
}

function statelessReplies(engine: Engine): Metric[] {
  if (!isLoaded(engine, sl)) return []
  const { sent, failures } = engine.use(sl)
  const samples = [...sent].map(([status, count]): Sample => [{ status }, count])
  return [
    { name: 'stateless_replies_total', type: 'counter', about: 'replies sent statelessly', samples },
    {
      ...{ name: 'stateless_failures_total', type: 'counter', samples: one(failures) },
      about: 'requests that could not be answered',
    },
  ]
}

function transactions(engine: Engine): Metric[] {
  if (!isLoaded(engine, tm)) return []
  const { store, counters, timers } = engine.use(tm)
  const counter = (name: string, about: string, samples: readonly Sample[]): Metric => ({
    ...{ name, type: 'counter', about, samples },
  })
  const ends = counters.byClass.flatMap((count, digit): Sample[] =>
    digit >= 2 ? [[{ class: `${digit}xx` }, count]] : [],
  )
  return [
    { name: 'transactions', type: 'gauge', about: 'transactions alive', samples: one(store.count) },
    counter('transactions_total', 'transactions since the start', one(store.total)),
    counter('transactions_local_total', 'of them, requests made here', one(counters.local)),
    counter('transactions_replied_total', 'of them, answered here', one(counters.replied)),
    counter('transactions_completed_total', 'how they ended', ends),
    counter('retransmissions_total', 'messages sent again', one(counters.retransmissions)),
    { name: 'timers', type: 'gauge', about: 'timers that run', samples: one(timers.size) },
  ]
}

function bindings(engine: Engine): Metric[] {
  if (!isLoaded(engine, usrloc)) return []
  const tables = [...engine.use(usrloc).namedTables()]
  const by = (value: (table: (typeof tables)[number]) => number): readonly Sample[] =>
    tables.map((table) => [{ table: table.name }, value(table)])
  return [
    {
      ...{ name: 'registered_users', type: 'gauge', samples: by(({ size }) => size) },
      about: 'addresses of record with a binding',
    },
    { name: 'registered_contacts', type: 'gauge', about: 'bindings', samples: by(({ count }) => count) },
    {
      ...{ name: 'registrations_expired_total', type: 'counter', samples: by(({ expired }) => expired) },
      about: 'bindings that have expired',
    },
  ]
}

function self(engine: Engine, uptimeMs: Milliseconds): Metric[] {
  const { rss, heapUsed } = process.memoryUsage()
  const gauge = (name: string, about: string, samples: readonly Sample[]): Metric => ({
    ...{ name, type: 'gauge', about, samples },
  })
  return [
    gauge('open_questions', 'questions to databases, name services, programs', one(engine.openQuestions)),
    gauge('uptime_seconds', 'time since the start', one(uptimeMs / 1000)),
    gauge('resident_memory_bytes', 'memory of the process', one(rss)),
    gauge('heap_used_bytes', 'memory in use by JavaScript', one(heapUsed)),
    gauge('info', 'always 1', [[{ version: version() }, 1]]),
  ]
}
