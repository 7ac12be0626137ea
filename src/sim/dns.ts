// The scenario's own name service: answers `resolve` questions from a table of records. Names are compared without
// regard to case and to a dot at the end (RFC 1034 §3.1); an address is its own A or AAAA record, as on a real host.

import type { Answer, NaptrRecord, Question, SrvRecord } from '../endpoint.js'

export interface DnsRecord {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'SRV' | 'NAPTR' | 'PTR'
  /** "10.0.0.1", "10 60 5060 sip.example.com", '100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .', "host.example.com" */
  readonly value: string
}

/** The answer to a question; a failure when the table has no such name (NXDOMAIN) or no such record of it (NODATA). */
export function answerFrom(
  records: readonly DnsRecord[],
  { name, record }: Extract<Question, { kind: 'resolve' }>,
): Answer {
  const wanted = record === 'PTR' ? pointerName(name) : canonical(name)
  if (isAddress(wanted, record)) return { kind: 'addresses', addresses: [wanted] }
  const named = records.filter((one) => nameOf(one) === wanted)
  if (named.length === 0) return { kind: 'failure', reason: `NXDOMAIN: no record is called ${name}` }
  const values = named.filter(({ type }) => type === record).map(({ value }) => value)
  if (values.length === 0) return { kind: 'failure', reason: `NODATA: ${name} has no ${record} record` }
  return answerOf(record, values)
}

function answerOf(record: DnsRecord['type'], values: readonly string[]): Answer {
  switch (record) {
    case 'A':
    case 'AAAA':
      return { kind: 'addresses', addresses: values.map((value) => value.trim()) }
    case 'PTR':
      return { kind: 'names', names: values.map(canonical) }
    case 'SRV':
      return { kind: 'services', services: values.map(service) }
    case 'NAPTR':
      return { kind: 'pointers', pointers: values.map(pointer) }
  }
}

function nameOf({ name, type }: DnsRecord): string {
  return type === 'PTR' ? pointerName(name) : canonical(name)
}

/** "10.0.0.1" is asked for as 1.0.0.10.in-addr.arpa (RFC 1035 §3.5); an IPv6 address stays what it is. */
function pointerName(name: string): string {
  const wanted = canonical(name)
  return isAddress(wanted, 'A') ? `${wanted.split('.').reverse().join('.')}.in-addr.arpa` : wanted
}

function isAddress(name: string, record: DnsRecord['type']): boolean {
  if (record === 'A') return /^\d{1,3}(\.\d{1,3}){3}$/.test(name)
  return record === 'AAAA' && name.includes(':')
}

function canonical(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, '')
}

function service(value: string): SrvRecord {
  const [priority, weight, port, target] = value.trim().split(/\s+/)
  return {
    priority: Number(priority),
    weight: Number(weight),
    port: Number(port),
    target: canonical(target ?? ''),
  }
}

function pointer(value: string): NaptrRecord {
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
