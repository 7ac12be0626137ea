// Tiny endpoints for the tests of both worlds.

import type { Address, Bytes, Endpoint, Input, Milliseconds, Output, Send, Transport } from '../endpoint.js'

export const A: Address = { address: '10.0.0.1', port: 5060 }
export const B: Address = { address: '10.0.0.2', port: 5060 }

/** Sends the command it is given ({ send } or any outputs), notes what arrives, and answers as it is told. */
export class Probe implements Endpoint {
  deadline: Milliseconds | undefined
  readonly heard: { readonly at: Milliseconds; readonly input: Input }[] = []

  constructor(
    private readonly answer: (input: Input, now: Milliseconds, self: Probe) => Output[] = () => [],
  ) {}

  step(input: Input, now: Milliseconds): Output[] {
    if (input.type === 'command') return input.command as Output[]
    if (input.type === 'wake') this.deadline = undefined
    this.heard.push({ at: now, input })
    return this.answer(input, now, this)
  }

  /** The octets of the packets that arrived. */
  get texts(): Bytes[] {
    return this.heard.flatMap(({ input }) => (input.type === 'packet' ? [input.bytes] : []))
  }

  get types(): string[] {
    return this.heard.map(({ input }) => input.type)
  }

  /** When packets arrived. */
  get times(): Milliseconds[] {
    return this.heard.flatMap(({ at, input }) => (input.type === 'packet' ? [at] : []))
  }
}

/** A probe that sends back what it gets, with a mark in front. */
export function echo(): Probe {
  return new Probe((input) => {
    if (input.type !== 'packet') return []
    const { transport, local, remote, bytes, connection } = input
    return [
      {
        ...{ type: 'send', transport, local, remote, bytes: `echo ${bytes}` },
        ...(connection === undefined ? {} : { connection }),
      },
    ]
  })
}

/** The command that makes a probe send. */
export function sending(bytes: Bytes, local = A, remote = B, transport: Transport = 'udp'): Input {
  const send: Send = { type: 'send', transport, local, remote, bytes }
  return { type: 'command', command: [send] }
}

/** The command that makes a probe give these outputs. */
export function giving(...outputs: Output[]): Input {
  return { type: 'command', command: outputs }
}
