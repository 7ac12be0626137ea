// A real RTP proxy (rtpengine) behind force_rtp_proxy: a script leads a call's streams through it, and octets flow both
// ways. Without it the test is skipped aloud; with SIPWRIGHT_REQUIRE=all its absence is a failure.

import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { request, responseTo, RouteRun, type Sent } from '../modules/route-run.js'
import { Exchanges } from './exchange.js'

const hasRtpengine = spawnSync('rtpengine', ['--version']).error === undefined
const required = process.env.SIPWRIGHT_REQUIRE === 'all'
const skip = hasRtpengine || required ? false : 'rtpengine is not installed; apt-get install rtpengine-daemon'

const CONTROL_PORT = 27_890
const START_MS_MAX = 10_000

const SCRIPT = `modparam("nathelper", "rtpproxy_sock", "udp:127.0.0.1:${CONTROL_PORT}")
  route {
    if (method == "BYE") { if (unforce_rtp_proxy()) log(1, "ended"); break; };
    force_rtp_proxy("r"); t_on_reply("1"); t_relay();
  }
  onreply_route[1] { force_rtp_proxy("r"); }`

const exchanges = new Exchanges()

async function startProxy(t: TestContext): Promise<void> {
  const options = ['-f', '-E', '-t', '-1', '-i', '127.0.0.1', '-m', '37000', '-M', '37100']
  const child = spawn('rtpengine', [...options, `--listen-udp=127.0.0.1:${CONTROL_PORT}`], {
    stdio: 'ignore',
  })
  t.after(() => ended(child))
  const deadline = performance.now() + START_MS_MAX
  const ping = {
    kind: 'exchange',
    channel: `udp:127.0.0.1:${CONTROL_PORT}`,
    bytes: 'c V\n',
    until: ['c '],
  } as const
  while ((await exchanges.answer({ ...ping, tries: 1, timeoutMs: 100 })).kind !== 'octets')
    assert.ok(performance.now() < deadline && child.exitCode === null, 'rtpengine answers')
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Answers what the script asks until it asks no more; returns what was sent meanwhile. */
async function settle(run: RouteRun): Promise<Sent[]> {
  const sent: Sent[] = []
  for (let ask = run.asked[0]; ask !== undefined; ask = run.asked[0]) {
    assert.equal(ask.question.kind, 'exchange')
    if (ask.question.kind === 'exchange') sent.push(...run.answer(await exchanges.answer(ask.question)))
  }
  return sent
}

interface Side {
  readonly socket: Socket
  readonly port: number
}

async function side(t: TestContext): Promise<Side> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  return { socket, port: socket.address().port }
}

const sdp = (port: number): string =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`

/** The port that a message says to send to. */
function portIn(sent: Sent | undefined): number {
  assert.match(sent!.bytes, /\r\na=nortpproxy:yes\r\n$/)
  return Number(/^m=audio (\d+)/m.exec(sent!.bytes)![1])
}

/** An RTP packet of PCMU (RFC 3550 §5.1). */
const rtp = (number: number): Buffer =>
  Buffer.concat([Buffer.from([0x80, 0, 0, number, 0, 0, 0, number, 1, 2, 3, 4]), Buffer.alloc(160, 0xff)])

/** Sends until the other side has got one. */
async function flows(from: Side, port: number, to: Side): Promise<Buffer> {
  const arrived = once(to.socket, 'message') as Promise<[Buffer]>
  let number = 0
  const timer = setInterval(() => from.socket.send(rtp(number++), port, '127.0.0.1'), 20)
  const [octets] = await arrived.finally(() => clearInterval(timer))
  return octets
}

test('streams flow through a real RTP proxy', { skip, timeout: 30_000 }, async (t) => {
  assert.ok(
    hasRtpengine,
    'SIPWRIGHT_REQUIRE=all: rtpengine must be installed (apt-get install rtpengine-daemon)',
  )
  await startProxy(t)
  const [alice, bob] = [await side(t), await side(t)]
  const local = { address: '127.0.0.1', port: 5060 }
  const headers = ['Contact: <sip:alice@127.0.0.1>', 'Content-Type: application/sdp']
  const run = new RouteRun(SCRIPT)
  run.receive(request('INVITE', 'sip:bob@10.0.0.2', { headers, body: sdp(alice.port) }), { from: local })
  const invite = (await settle(run)).find(({ bytes }) => bytes.startsWith('INVITE'))
  const toAlice = portIn(invite)
  const ok = responseTo(invite, 200, 'b1', ['Content-Type: application/sdp']).replace(
    'Content-Length: 0\r\n',
    '',
  )
  run.receive(ok + sdp(bob.port), { from: local })
  const toBob = portIn((await settle(run)).at(-1))
  assert.notEqual(toAlice, alice.port)
  assert.equal((await flows(alice, toBob, bob)).length, 172)
  assert.equal((await flows(bob, toAlice, alice)).length, 172)
  run.receive(
    request('BYE', 'sip:bob@10.0.0.2', { branch: 'z9hG4bKbye', to: '<sip:bob@example.com>;tag=b1', cseq: 2 }),
  )
  await settle(run)
  assert.deepEqual(run.logs, ['ended'])
})
