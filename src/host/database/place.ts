// Database URLs, read: files and folders ("sqlite:ser.db", "dbtext:///var/db"), servers
// ("mysql://ser:heslo@localhost:3306/ser"). As SER reads them: nothing is escaped, a password may hold any character.

import { resolve } from 'node:path'

export interface ServerPlace {
  readonly host: string
  /** The usual one when not given. */
  readonly port: number | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string
}

/** The path behind the kind; "//" before it means nothing. Relative ones are relative to `folder`. */
export function pathOf(url: string, folder: string = process.cwd()): string {
  const path = url.replace(/^[^:]*:(?:\/\/)?/, '')
  if (path === '') throw new Error('the URL names no path')
  return resolve(folder, path)
}

/** KIND://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE. Throws an Error when it is none. */
export function serverOf(url: string): ServerPlace {
  const rest = /^[^:]*:\/\/(.*)$/s.exec(url)?.[1]
  const at = rest?.lastIndexOf('@') ?? -1
  const login = at >= 0 ? /^([^:]*)(?::(.*))?$/s.exec(rest!.slice(0, at)) : undefined
  const place = /^(\[[0-9A-Fa-f:.]+\]|[^:/[\]]+)(?::(\d{1,5}))?\/([^/?#]+)$/.exec(rest?.slice(at + 1) ?? '')
  if (place === null) throw new Error('write it as KIND://USER:PASSWORD@HOST:PORT/DATABASE')
  return {
    host: place[1]!.replace(/^\[|\]$/g, ''),
    port: place[2] === undefined ? undefined : Number(place[2]),
    user: login?.[1] || undefined,
    password: login?.[2],
    database: place[3]!,
  }
}
