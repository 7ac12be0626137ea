// The proxy and its script.

import { Given, When, type DataTable } from '@cucumber/cucumber'
import type { DnsRecord } from '../src/sim/dns.js'
import { runRoute } from '../src/lab/single-route.js'
import type { SipWorld } from './world.js'

Given('the proxy runs the script:', function (this: SipWorld, text: string) {
  this.lab.proxy().runScript(text, this.step?.argument?.docString?.mediaType)
})

Given('the proxy runs the script {string}', function (this: SipWorld, file: string) {
  this.lab.proxy().runFile(file)
})

Given('the proxy {word} runs the script {string}', function (this: SipWorld, name: string, file: string) {
  this.lab.proxy(name).runFile(file)
})

Given('the proxy {word} runs the script:', function (this: SipWorld, name: string, text: string) {
  this.lab.proxy(name).runScript(text, this.step?.argument?.docString?.mediaType)
})

Given('the proxy listens on {string}', function (this: SipWorld, listens: string) {
  this.lab.proxy().listenAt(listens)
})

Given('the proxy {word} listens on {string}', function (this: SipWorld, name: string, listens: string) {
  this.lab.proxy(name).listenAt(listens)
})

Given('the proxy serves the domain(s) {string}', function (this: SipWorld, domains: string) {
  this.lab.proxy().domains.push(...domains.split(/[,\s]+/))
})

Given(
  'the proxy {word} serves the domain(s) {string}',
  function (this: SipWorld, name: string, domains: string) {
    this.lab.proxy(name).domains.push(...domains.split(/[,\s]+/))
  },
)

Given(
  'the module parameter {string} of {word} is {string}',
  function (this: SipWorld, name: string, module: string, value: string) {
    this.lab.proxy().params.push({ module, name, value })
  },
)

Given(
  'the module parameter {string} of {word} is {int}',
  function (this: SipWorld, name: string, module: string, value: number) {
    this.lab.proxy().params.push({ module, name, value })
  },
)

Given('the DNS records:', function (this: SipWorld, table: DataTable) {
  this.lab.dns.push(...(table.hashes() as unknown as DnsRecord[]))
})

When('route {string} is run with the request:', async function (this: SipWorld, route: string, text: string) {
  await this.lab.ready()
  runRoute(this.lab, Number(route), text)
})

When('the proxy crashes and is started again', async function (this: SipWorld) {
  await this.lab.ready()
  await this.lab.proxy().crash()
})

When(/^the proxy restarts$|^the script is reloaded$/, async function (this: SipWorld) {
  await this.lab.ready()
  await this.lab.proxy().restart()
})
