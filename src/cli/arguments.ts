// Reading of options: node's parser, with complaints that name the nearest option and say where to read on.

import { parseArgs, type ParseArgsConfig } from 'node:util'
import { nearest, UsageError } from '../errors.js'

type Parsed<T extends ParseArgsConfig> = ReturnType<typeof parseArgs<T>>

/** Parses the arguments of a command. Throws a UsageError. */
export function parsed<const T extends ParseArgsConfig>(
  command: string,
  argv: readonly string[],
  config: T,
): Parsed<T> {
  try {
    return parseArgs({ ...config, args: [...argv] }) as Parsed<T>
  } catch (error) {
    const reason = (error as Error).message.replace(/\. To specify .*$/s, '').replace(/\.$/, '')
    const word = /option '--?([^' ]+)/.exec(reason)?.[1]
    const near = word && nearest(word, Object.keys(config.options ?? {}))
    const hint = near && near !== word ? ` Did you mean --${near}?` : ''
    throw new UsageError(`${command}: ${reason}.${hint} "sipwright ${command} --help" lists the options.`)
  }
}

/** One of a few words. Throws a UsageError that lists them. */
export function oneOf<T extends string>(option: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value)
  if (found !== undefined) return found
  throw new UsageError(`--${option} ${value}: choose one of ${words.join(', ')}.`)
}

/** A whole number within bounds. Throws a UsageError. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`${option} ${text}: give a number from ${least} to ${most}.`)
}
