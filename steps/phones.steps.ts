// Phones and how they behave by themselves.

import { Given, type DataTable } from '@cucumber/cucumber'
import type { Transport } from '../src/endpoint.js'
import type { PhoneDeclaration } from '../src/lab/lab.js'
import { contactWishes } from '../src/lab/tables.js'
import type { StatusPattern } from '../src/lab/patterns.js'
import { behave } from '../src/lab/behaviour.js'
import type { SipWorld } from './world.js'

Given('the phones:', function (this: SipWorld, table: DataTable) {
  for (const { name, aor, address, transport, password } of table.hashes()) {
    const optional = {
      ...(aor && { aor }),
      ...(transport && { transport: transport.toLowerCase() }),
      ...(password && { password }),
    }
    this.lab.declarePhone({ name, address, ...optional } as PhoneDeclaration)
  }
})

Given('{phone} is a phone at {string}', function (this: SipWorld, name: string, address: string) {
  this.lab.declarePhone({ name, address })
})

Given(
  '{phone} is a phone at {string} over {transport}',
  function (this: SipWorld, name: string, address: string, transport: Transport) {
    this.lab.declarePhone({ name, address, transport })
  },
)

Given('{phone} answers after {duration}', function (this: SipWorld, name: string, afterMs: number) {
  behave(this.lab, name, { incoming: { kind: 'answer', afterMs } })
})

Given(
  '{phone} rejects every call with {status}',
  function (this: SipWorld, name: string, status: StatusPattern) {
    behave(this.lab, name, {
      incoming: { kind: 'reject', status: status.code!, ...(status.reason && { reason: status.reason }) },
    })
  },
)

Given('{phone} is busy', function (this: SipWorld, name: string) {
  behave(this.lab, name, { incoming: { kind: 'reject', status: 486 } })
})

Given('{phone} rings and is not answered', function (this: SipWorld, name: string) {
  behave(this.lab, name, { incoming: { kind: 'ring' } })
})

Given('{phone} does not respond at all', function (this: SipWorld, name: string) {
  behave(this.lab, name, { silent: true })
})

Given(
  '{phone} redirects every call with {status} to:',
  function (this: SipWorld, name: string, status: StatusPattern, table: DataTable) {
    behave(this.lab, name, {
      incoming: { kind: 'redirect', status: status.code!, contacts: contactWishes(table.hashes()) },
    })
  },
)

Given('{phone} supports {string}', function (this: SipWorld, name: string, options: string) {
  behave(this.lab, name, { supported: options.split(/[,\s]+/) })
})

Given('{phone} retransmits', function (this: SipWorld, name: string) {
  behave(this.lab, name, { retransmits: true })
})

Given('{phone} does not retransmit', function (this: SipWorld, name: string) {
  behave(this.lab, name, { retransmits: false })
})

Given('{phone} sends nothing unless told to', function (this: SipWorld, name: string) {
  behave(this.lab, name, { incoming: { kind: 'manual' }, replies: false, acknowledges: false })
})
