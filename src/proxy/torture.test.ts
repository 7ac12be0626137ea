// RFC 4475: each torture message has a stated treatment in both profiles and a golden file of how it was read.
// UPDATE=1 renews src/sip/testdata/torture/*.json and treatments.md; the expectations below are written by hand.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Output } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { loadScript, MODULES } from '../modules/index.js'
import { Random } from '../random.js'
import { parseMessage } from '../sip/message.js'
import { validateRequest, validateResponse } from '../sip/validate.js'
import { Engine } from './engine.js'
import type { ProfileName } from './profile.js'

const FOLDER = 'src/sip/testdata/torture'

/** Section of RFC 4475 ('' when the file is not the RFC's), and what the profile rfc3261 must do with it. */
const EXPECTED: Readonly<Record<string, readonly [section: string, treatment: RegExp]>> = {
  wsinv: ['3.1.1.1', /^script$/],
  intmeth: ['3.1.1.2', /^script$/],
  esc01: ['3.1.1.3', /^script$/],
  escnull: ['3.1.1.4', /^script$/],
  esc02: ['3.1.1.5', /^script$/],
  lwsdisp: ['3.1.1.6', /^script$/],
  longreq: ['3.1.1.7', /^script$/],
  dblreq: ['3.1.1.8', /^script$/],
  semiuri: ['3.1.1.9', /^script$/],
  transports: ['3.1.1.10', /^script$/],
  mpart01: ['3.1.1.11', /^script$/],
  unreason: ['3.1.1.12', /^(response|dropped: no transaction)/],
  noreason: ['3.1.1.13', /^(response|dropped: no transaction)/],
  badinv01: ['3.1.2.1', /^(400|dropped)/],
  clerr: ['3.1.2.2', /^400/],
  ncl: ['3.1.2.3', /^400/],
  scalar02: ['3.1.2.4', /^400/],
  scalarlg: ['3.1.2.5', /^(response|dropped)/],
  quotbal: ['3.1.2.6', /^(400|dropped)/],
  ltgtruri: ['3.1.2.7', /^(400|dropped)/],
  lwsruri: ['3.1.2.8', /^(400|dropped)/],
  lwsstart: ['3.1.2.9', /^(400|dropped)/],
  trws: ['3.1.2.10', /^(script|400)/],
  escruri: ['3.1.2.11', /^(script|400)/],
  baddate: ['3.1.2.12', /^script$/],
  regbadct: ['3.1.2.13', /^400/],
  badaspec: ['3.1.2.14', /^(script|400)/],
  baddn: ['3.1.2.15', /^(script|400)/],
  badvers: ['3.1.2.16', /^(505|dropped)/],
  mismatch01: ['3.1.2.17', /^400/],
  mismatch02: ['3.1.2.18', /^(400|501)/],
  bigcode: ['3.1.2.19', /^(response|dropped)/],
  badbranch: ['3.2.1', /^script$/],
  insuf: ['3.3.1', /^400/],
  unkscm: ['3.3.2', /^(416|script)/],
  novelsc: ['3.3.3', /^(416|script)/],
  unksm2: ['3.3.4', /^script$/],
  bext01: ['3.3.5', /^420/],
  invut: ['3.3.6', /^script$/],
  regaut01: ['3.3.7', /^script$/],
  multi01: ['3.3.8', /^400/],
  mcl01: ['3.3.9', /^400/],
  bcast: ['3.3.10', /^dropped/],
  zeromf: ['3.3.11', /^483/],
  cparam01: ['3.3.12', /^script$/],
  cparam02: ['3.3.13', /^script$/],
  regescrt: ['3.3.14', /^script$/],
  sdp01: ['3.3.15', /^script$/],
  inv2543: ['3.4.1', /^script$/],
  test: ['', /./],
  badcseq: ['', /^(400|dropped)/],
}

const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.dat'))
  .map((file) => file.slice(0, -4))
  .sort()

function engine(profile: ProfileName): Engine {
  return new Engine({
    program: loadScript('route { sl_send_reply("299", "Script"); }', 'torture', { preload: true }),
    modules: MODULES,
    profile,
    sockets: [{ transport: 'udp', address: '192.0.2.7', port: 5060 }],
    random: new Random(1),
    identity: { signature: 'test', pid: 1 },
    trace: true,
    now: 0,
    epochMs: 0,
  })
}

/** "script", "400 Reason", "response: ...", "dropped: ..." */
function treatment(text: string, profile: ProfileName): string {
  const local = { address: '192.0.2.7', port: 5060 }
  const remote = { address: '192.0.2.8', port: 5060 }
  const outputs = engine(profile).step({ type: 'packet', transport: 'udp', local, remote, bytes: text }, 0)
  const isReply = /^SIP\/2\.0/i.test(text)
  const sent = outputs.find((output): output is Extract<Output, { type: 'send' }> => output.type === 'send')
  if (sent !== undefined && isReply) return 'response: forwarded by its second Via'
  const line = sent === undefined ? undefined : /^SIP\/2\.0 (\d{3} .*)\r/.exec(sent.bytes)?.[1]
  if (line === '299 Script') return 'script'
  if (line !== undefined) return line
  const reason = outputs.flatMap((output) =>
    output.type === 'event' && output.event.kind === 'drop' ? [output.event.reason] : [],
  )
  const asked = outputs.some((output) => output.type === 'ask')
  if (isReply && reason.length === 0)
    return asked ? 'response: to the host of its second Via' : 'response: nobody waits for it'
  if (isReply && reason[0]?.includes('single Via')) return `response: ${reason[0]}`
  return reason.length > 0 ? `dropped: ${reason.join('; ')}` : 'the script could not answer it'
}

/** How the message was read, as plain data. */
function dump(text: string): unknown {
  const message = parseMessage(text)
  if (message instanceof Malformed) return { malformed: message.reason, offset: message.offset }
  const wrong = message.isRequest ? validateRequest(message) : validateResponse(message)
  const headers = Array.from({ length: message.headerCount }, (_, index) => [
    message.nameOf(index),
    message.valueOf(index),
  ])
  const uri = message.isRequest ? message.uri() : undefined
  return {
    line: message.isRequest
      ? [message.method, message.requestUri, message.version]
      : [message.status, message.reason],
    uri: uri instanceof Malformed ? uri.reason : uri,
    callId: message.callId,
    fromTag: message.fromTag,
    toTag: message.toTag,
    cseq: message.cseq(),
    topVia: message.topVia(),
    headers,
    body: message.body.length,
    complete: message.complete,
    validation: wrong === undefined ? 'valid' : `${wrong.status} ${wrong.reason}`,
  }
}

function golden(file: string, text: string): void {
  if (process.env.UPDATE === '1') writeFileSync(file, text)
  assert.equal(readFileSync(file, 'utf8'), text, `${file}: renew with UPDATE=1 when the change is meant`)
}

test('no torture message is without a stated treatment', () => {
  assert.deepEqual(files, Object.keys(EXPECTED).sort())
  assert.equal(Object.values(EXPECTED).filter(([section]) => section !== '').length, 49)
})

for (const name of files)
  test(`RFC 4475 ${name}`, () => {
    const text = readFileSync(`${FOLDER}/${name}.dat`, 'latin1')
    assert.match(treatment(text, 'rfc3261'), EXPECTED[name]![1])
    golden(`${FOLDER}/${name}.json`, `${JSON.stringify(dump(text), null, 1)}\n`)
  })

test('the table of treatments says what happens', () => {
  const rows = files.map((name) => {
    const text = readFileSync(`${FOLDER}/${name}.dat`, 'latin1')
    return `| ${name} | ${EXPECTED[name]![0] || 'not in the RFC'} | ${treatment(text, 'rfc3261')} | ${treatment(text, 'ser')} |`
  })
  const head =
    '# RFC 4475, message by message\n\n"script": the routing script decides.\n\n' +
    '| message | section | rfc3261 | ser |\n|---|---|---|---|\n'
  golden(`${FOLDER}/treatments.md`, `${head}${rows.join('\n')}\n`)
})
