// Phone programs of others through `serve` and the default configuration with authentication: baresip registers and
// calls over UDP, TCP and TLS, sipsak and SIPp register. Who is not installed is skipped aloud; with
// SIPWRIGHT_REQUIRE=all that is a failure.

import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Databases } from '../host/database/database.js'
import { OPENERS } from '../host/database/index.js'
import { captured } from './captured.js'
import { main } from './main.js'
import { serving as served } from './serving.js'

const required = process.env.SIPWRIGHT_REQUIRE === 'all'
const PACKAGES = { baresip: 'baresip-core', sipsak: 'sipsak', sipp: 'sip-tester' } as const
const USERS = { alice: 'wonder', bob: 'builder' } as const
const CERTIFICATES = resolve('src/host/testdata/tls')
const DIAL_MS_MAX = 15_000

type Program = keyof typeof PACKAGES

function skipWithout(program: Program): string | false {
  const isHere = spawnSync(program, ['-h']).error === undefined
  return isHere || required ? false : `${program} is not installed; apt-get install ${PACKAGES[program]}`
}

interface Service {
  readonly folder: string
  portOf(transport: string): number
}

/** The default configuration with authentication, served; ended with the test. */
async function serving(t: TestContext, alias = ''): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-phones-'))
  const url = `sqlite:${folder}/ser.db`
  assert.equal(await main(['db', 'create', url], captured()), 0)
  await addUsers(url)
  const options = `alias="example.com"${alias}\ntls_certificate="${CERTIFICATES}/server.pem"\ntls_private_key="${CERTIFICATES}/server-key.pem"\n`
  const text = readFileSync('features/scripts/default-auth.cfg', 'utf8').replaceAll('sqlite:ser.db', url)
  const script = join(folder, 'ser.cfg')
  writeFileSync(script, options + text)
  const listens = ['udp', 'tcp', 'tls'].flatMap((transport) => ['-l', `${transport}:127.0.0.1:0`])
  const { ended, portOf } = await served([script, ...listens])
  t.after(async () => {
    process.emit('SIGTERM')
    assert.equal(await ended, 0)
    rmSync(folder, { recursive: true })
  })
  return { folder, portOf }
}

async function addUsers(database: string): Promise<void> {
  const databases = new Databases(OPENERS)
  const queries = Object.entries(USERS).map(([username, password]) => {
    const ha1 = createHash('md5').update(`${username}:example.com:${password}`).digest('hex')
    const row = { username, domain: 'example.com', ha1 }
    return { operation: 'insert', table: 'subscriber', row } as const
  })
  const answer = await databases.answer({ kind: 'query', database, queries })
  assert.notEqual(answer.kind, 'failure', JSON.stringify(answer))
  await databases.close()
}

const MODULES = ['stdio', 'g711', 'aubridge'].map((name) => `module ${name}.so\n`).join('')

/** baresip as one user, over one transport. */
class Baresip {
  said = ''
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  #told: () => void = () => undefined

  constructor(
    t: TestContext,
    user: keyof typeof USERS,
    { folder, portOf }: Service,
    transport: string,
    dial?: string,
  ) {
    const own = join(folder, user)
    mkdirSync(own)
    const account = `<sip:${user}@example.com>;auth_user=${user};auth_pass=${USERS[user]};regint=60;answermode=auto`
    const proxy = `sip:127.0.0.1:${portOf(transport)};transport=${transport}`
    writeFileSync(join(own, 'accounts'), `${account};outbound="${proxy}"\n`)
    writeFileSync(join(own, 'contacts'), '')
    writeFileSync(
      join(own, 'config'),
      `sip_listen 127.0.0.1:0\nsip_cafile ${CERTIFICATES}/authority.pem\naudio_source aubridge,a\naudio_player aubridge,b\n` +
        `module_path /usr/lib/baresip/modules\n${MODULES}module_tmp account.so\nmodule_app menu.so\n`,
    )
    const orders = dial === undefined ? [] : ['-e', `/dial ${dial}`]
    this.#child = spawn('baresip', ['-f', own, '-t', '30', ...orders])
    this.#exited = once(this.#child, 'exit')
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.on('data', (chunk: Buffer) => {
        this.said += chunk.toString('latin1')
        this.#told()
      })
    // Not in order: it would wait for a proxy that has gone.
    t.after(() => this.#child.kill('SIGKILL'))
  }

  async says(text: RegExp): Promise<void> {
    const giveUp = setTimeout(() => this.#child.kill(), DIAL_MS_MAX)
    while (!text.test(this.said)) {
      assert.equal(this.#child.exitCode ?? this.#child.signalCode, null, `baresip ended: ${this.said}`)
      await Promise.race([new Promise<void>((done) => (this.#told = done)), this.#exited])
    }
    clearTimeout(giveUp)
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill()
    await this.#exited
  }
}

for (const transport of ['udp', 'tcp', 'tls'])
  test(
    `baresip registers with a password over ${transport}, calls another and hangs up`,
    { skip: skipWithout('baresip') },
    async (t) => {
      const service = await serving(t)
      const bob = new Baresip(t, 'bob', service, transport)
      await bob.says(/bob@example\.com: .*200 OK/)
      const alice = new Baresip(t, 'alice', service, transport, 'sip:bob@example.com')
      await alice.says(/alice@example\.com: .*200 OK/)
      await alice.says(/Call established: sip:bob@example\.com/)
      await bob.says(/Call established: sip:alice@example\.com/)
      await alice.end()
      await bob.says(/sip:alice@example\.com: session closed/)
    },
  )

test(
  'sipsak registers with the right password, and not with a wrong one',
  { skip: skipWithout('sipsak') },
  async (t) => {
    const { portOf } = await serving(t, ' "127.0.0.1"')
    const register = async (password: string): Promise<number | null> => {
      // It cuts ports of five digits short in URIs.
      const who = ['-s', 'sip:alice@127.0.0.1', '-r', String(portOf('udp')), '-H', '127.0.0.1', '-u', 'alice']
      const child = spawn('sipsak', ['-U', '-N', '-a', password, '-x', '60', ...who], { stdio: 'ignore' })
      const [code] = (await once(child, 'exit')) as [number | null]
      return code
    }
    assert.equal(await register(USERS.alice), 0)
    assert.notEqual(await register('guess'), 0)
  },
)

/** A REGISTER of a SIPp scenario; `line`: a header line of its own. */
const sippRegister = (cseq: number, line = ''): string => `<send retrans="500"><![CDATA[
    REGISTER sip:example.com SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    Max-Forwards: 70
    From: <sip:alice@example.com>;tag=[call_number]
    To: <sip:alice@example.com>
    Call-ID: [call_id]
    CSeq: ${cseq} REGISTER
    ${line}Contact: <sip:alice@[local_ip]:[local_port]>
    Content-Length: 0

  ]]></send>`

const SIPP_REGISTER = `<?xml version="1.0" encoding="ISO-8859-1"?>
<scenario name="register with a password">
  ${sippRegister(1)}
  <recv response="401" auth="true" />
  ${sippRegister(2, '[authentication username=alice password=PASSWORD]\n    ')}
  <recv response="200" />
</scenario>
`

for (const transport of ['udp', 'tcp'])
  test(`SIPp registers with a password over ${transport}`, { skip: skipWithout('sipp') }, async (t) => {
    const { folder, portOf } = await serving(t)
    const play = async (password: string): Promise<number | null> => {
      const file = join(folder, 'register.xml')
      writeFileSync(file, SIPP_REGISTER.replace('PASSWORD', password))
      const way = transport === 'udp' ? 'u1' : 't1'
      const words = [
        '-sf',
        file,
        '-m',
        '3',
        '-r',
        '10',
        '-t',
        way,
        '-i',
        '127.0.0.1',
        '-timeout',
        '10s',
        '-nostdin',
      ]
      const child = spawn('sipp', [`127.0.0.1:${portOf(transport)}`, ...words], {
        stdio: 'ignore',
        cwd: folder,
      })
      const [code] = (await once(child, 'exit')) as [number | null]
      return code
    }
    assert.equal(await play(USERS.alice), 0)
    assert.notEqual(await play('guess'), 0)
  })
