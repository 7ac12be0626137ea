// Where the addresses of scenarios are on a real network. Programs of their own know only the machine's addresses, so
// every text of a scenario (steps, tables, scripts) that names 10.A.B.C names another one instead, the same in all runs
// that are compared.

import type { Address } from '../../endpoint.js'

/** A text of a scenario, with the addresses that it has in this run. */
export type Places = (text: string) => string

const TEN = /(?<![\d.])10\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(:5060\b)?(?!\.?\d)/g
/** 10.0.0.11 is 127.88.0.11: far from what else listens on loopback. */
const LOOPBACK_SHIFT = 88
const FIRST_PORT = 20_000
const PORTS = 40_000

/** On this machine's loopback. */
export const onLoopback: Places = (text) =>
  text.replace(
    TEN,
    (_, a: string, b: string, c: string, port: string = '') =>
      `127.${(Number(a) + LOOPBACK_SHIFT) % 256}.${b}.${c}${port}`,
  )

/**
 * Around a server that runs already: it is the scenario's proxy, 10.0.0.1. When it is not on loopback, everybody else is at
 * `own`, this machine's address towards it, and a port that the scenario's address chooses.
 */
export function around(server: Address, own: string | undefined): Places {
  const at = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
  return (text) =>
    text.replace(TEN, (whole, a: string, b: string, c: string) => {
      if (/^10\.0\.0\.1(?::|$)/.test(whole)) return at(server.address, server.port)
      if (own === undefined) return onLoopback(whole)
      return at(own, FIRST_PORT + ((Number(a) * 65_536 + Number(b) * 256 + Number(c)) % PORTS))
    })
}
