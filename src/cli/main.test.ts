// The command line's main, as a user meets it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../errors.js'
import { addressOf, addressText } from './addresses.js'
import { captured } from './captured.js'
import { COMMANDS, type CommandFile } from './commands.js'
import { main } from './main.js'
import { hostEntry, switchesOf } from './switches.js'

test('every command of the table has a file, a text for --help and an example in it', async () => {
  for (const name of Object.keys(COMMANDS)) {
    const file = (await import(`./${name}.js`)) as CommandFile
    assert.equal(typeof file.run, 'function', name)
    assert.match(
      file.help ?? '',
      new RegExp(`^sipwright ${name}[^]*\nExample: sipwright ${name} ?.*(\n {9}sipwright ${name} .*)*\n$`),
      name,
    )
  }
})

test('--help lists every command; no command at all is a usage error that says the same', async () => {
  const [asked, bare] = [captured(), captured()]
  assert.equal(await main(['--help'], asked), 0)
  assert.equal(await main([], bare), 2)
  for (const [name, about] of Object.entries(COMMANDS))
    assert.ok(asked.output.includes(`  ${name.padEnd(10)}${about}\n`))
  assert.equal(bare.errors, asked.output)
})

test('the version is that of the package', async () => {
  const terminal = captured()
  assert.equal(await main(['--version'], terminal), 0)
  assert.match(terminal.output, /^sipwright \d+\.\d+\.\d+\n$/)
})

test('--all-modules takes a script without loadmodule lines, as features do', async () => {
  const terminal = captured()
  assert.equal(await main(['check', 'src/cli/testdata/input/bare.cfg', '--all-modules'], terminal), 0)
  assert.match(terminal.output, /config file ok\n {2}modules .*\btm\b/)
})

test('a mistake of our own is no usage error: its stack is printed', async () => {
  const terminal = captured()
  const broken = {
    ...terminal,
    out: () => {
      throw new Error('broken pipe of a kind')
    },
  }
  assert.equal(await main(['--version'], broken), 1)
  assert.match(terminal.errors, /a mistake of sipwright's own[^]*broken pipe of a kind\n {4}at /)
})

test('addresses are read with and without port and brackets', () => {
  for (const [text, shown] of [
    ['192.0.2.1', '192.0.2.1:5060'],
    ['192.0.2.1:5070', '192.0.2.1:5070'],
    ['::1', '[::1]:5060'],
    ['[2001:db8::1]:5070', '[2001:db8::1]:5070'],
  ] as const)
    assert.equal(addressText(addressOf('--from', text, 5060)), shown)
  for (const text of ['example.com', '192.0.2.1:', '192.0.2.1:70000', '192.0.2', '']) {
    assert.throws(() => addressOf('--from', text, 5060), UsageError)
  }
})

test('-l takes a transport, a name or address, and a port', () => {
  const plain = (text: string) => {
    const { proto, host, port } = hostEntry('-l', text)
    return [proto, host, port]
  }
  assert.deepEqual(plain('eth0'), [undefined, 'eth0', undefined])
  assert.deepEqual(plain('tcp:192.0.2.1:5070'), ['tcp', '192.0.2.1', 5070])
  assert.deepEqual(plain('udp:[::1]:5070'), ['udp', '::1', 5070])
  assert.deepEqual(plain('2001:db8::1'), [undefined, '2001:db8::1', undefined])
  assert.throws(() => plain('a b:x'), UsageError)
})

test('switches become options in the order given', () => {
  const { assignments, file, pidFile } = switchesOf(
    '-f a.cfg -l 192.0.2.1 -p 5070 -l lo -dd -rTD -P x'.split(' '),
  )
  assert.equal(file, 'a.cfg')
  assert.equal(pidFile, 'x')
  assert.deepEqual(
    assignments.map(({ name, value }) => [name, typeof value === 'object' ? value[0]?.host : value]),
    [
      ['listen', '192.0.2.1'],
      ['port', 5070],
      ['listen', 'lo'],
      ['dns', 1],
      ['disable_tcp', 1],
      ['fork', 0],
      ['debug', 4],
    ],
  )
})
