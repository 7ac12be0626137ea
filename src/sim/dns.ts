// The scenario's own name service: answers `resolve` questions from a table of records.

import type { Answer, Question } from '../endpoint.js'

export interface DnsRecord {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'SRV' | 'NAPTR' | 'PTR'
  /** "10.0.0.1", "10 60 5060 sip.example.com", '100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .', "host.example.com" */
  readonly value: string
}

/** The answer to a question; a failure when the table has no such record. */
export function answerFrom(
  records: readonly DnsRecord[],
  { name, record }: Extract<Question, { kind: 'resolve' }>,
): Answer {
  const wanted = canonical(name)
  const values = records
    .filter((one) => one.type === record && canonical(one.name) === wanted)
    .map(({ value }) => value)
  if (values.length === 0) return { kind: 'failure', reason: `no ${record} record for ${name}` }
  switch (record) {
    case 'A':
    case 'AAAA':
      return { kind: 'addresses', addresses: values }
    case 'PTR':
      return { kind: 'names', names: values.map(canonical) }
    case 'SRV':
      return { kind: 'services', services: values.map(service) }
    case 'NAPTR':
      return { kind: 'pointers', pointers: values.map(pointer) }
  }
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function service(value: string) {
  const [priority, weight, port, target] = value.trim().split(/\s+/)
  return {
    priority: Number(priority),
    weight: Number(weight),
    port: Number(port),
    target: canonical(target ?? ''),
  }
}

function pointer(value: string) {
  const [order, preference, flags, service, regexp, replacement] = value.match(/"[^"]*"|\S+/g) ?? []
  const bare = (text = ''): string => text.replace(/^"|"$/g, '')
  return {
    order: Number(order),
    preference: Number(preference),
    flags: bare(flags),
    service: bare(service),
    regexp: bare(regexp),
    replacement: bare(replacement),
  }
}
