// Calls straight through an engine, no driver and no sockets between: what the engine itself costs.

import type { Bytes, Output } from '../src/endpoint.js'
import { loadScript, MODULES } from '../src/modules/index.js'
import { Engine } from '../src/proxy/engine.js'
import { Random } from '../src/random.js'
import { register, request, response } from './messages.js'

const LOCAL = { address: '127.0.0.1', port: 5060 }
const CALLER = { address: '127.0.0.1', port: 5070 }
const CALLEE = { address: '127.0.0.1', port: 5080 }

export const RELAY_SCRIPT = `route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); break; };
  if (!loose_route()) { record_route(); };
  if (!t_relay_to_udp("127.0.0.1", "5080")) { sl_reply_error(); };
}
`

export function engineOf(script: string, trace = false): Engine {
  return new Engine({
    ...{ program: loadScript(script, 'bench.ser', { preload: true }), modules: MODULES, profile: 'ser' },
    sockets: [{ transport: 'udp', ...LOCAL }],
    ...{ random: new Random(1), trace, now: 0, epochMs: 0 },
    identity: { signature: 'Sipwright', pid: 1, aliases: [] },
  })
}

/** A caller and a callee around one engine. */
export class Straight {
  now = 0
  #calls = 0

  constructor(readonly engine: Engine) {}

  /** INVITE 100 180 200 ACK BYE 200. Throws when something is missing: then nothing was measured. */
  call(user = 'service'): void {
    const number = ++this.#calls
    const received = this.invite(number, user)
    const tag = ';tag=1SIPpTag01'
    this.#answer(response('180 Ringing', received))
    this.#answer(response('200 OK', received))
    this.#last(this.#give(request('ACK', number, user, tag), CALLER))
    const bye = this.#last(this.#give(request('BYE', number, user, tag, 2), CALLER))
    this.#answer(response('200 OK', bye))
    this.now++
    this.expire()
  }

  /** An INVITE that nobody has answered yet; returns what the callee receives. */
  invite(number = ++this.#calls, user = 'service'): Bytes {
    return this.#last(this.#give(request('INVITE', number, user), CALLER))
  }

  register(user: string, number: number): void {
    this.#last(this.#give(register(user, number), CALLER))
  }

  /** Lets what is due happen. */
  expire(): void {
    const { deadline } = this.engine
    if (deadline !== undefined && deadline <= this.now) this.engine.step({ type: 'wake' }, this.now)
  }

  #give(bytes: Bytes, remote: typeof CALLER): Output[] {
    return this.engine.step({ type: 'packet', transport: 'udp', local: LOCAL, remote, bytes }, this.now)
  }

  #answer(bytes: Bytes): void {
    this.#last(this.#give(bytes, CALLEE))
  }

  #last(outputs: Output[]): Bytes {
    const sent = outputs.findLast((output) => output.type === 'send')
    if (sent?.type !== 'send') throw new Error('the engine sent nothing')
    return sent.bytes
  }
}
