// The core commands of the routing language (the SER core), one row each.

import type { Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { URI_HOST, type CommandRecord, type Result } from '../script/contract.js'
import { aliasConnection } from './connection-aliases.js'
import { ScriptFault, type Context } from './context.js'
import { forwardStateless, sendUnchanged } from './forward.js'
import { hopTarget, type Target } from './resolve.js'
import { rewrite } from './rewrite.js'

type Command = CommandRecord<Context>

const DEBUG_LEVEL = 4
const FLAG_MAX = 31

function forwardCommand(transport: Transport | undefined, about: string): Command {
  return {
    forms: [['host-or-uri:host'], ['host-or-uri:host', 'port-or-uri:port']],
    about,
    call: (context: Context, host: string | symbol, port?: number | symbol) =>
      host === URI_HOST
        ? forwardToUri(context, port)
        : forwardStateless(
            context,
            fixedTarget(context, host as string, port as number | undefined, transport),
          ),
  }
}

function fixedTarget(
  context: Context,
  host: string,
  port: number | undefined,
  transport?: Transport,
): Target {
  return { host, port: port ?? 5060, transport: transport ?? context.transport }
}

/** forward(uri:host, ...): to dst_uri if set, else the Request-URI; the URI's own transport counts. */
function forwardToUri(context: Context, port: number | symbol | undefined): Result {
  const uri = context.destinationUri()
  if (uri instanceof Malformed) return context.fail(ScriptFault.BAD_URI)
  const target = hopTarget(context.engine.rules, uri, context.uri)
  if (target === undefined) return context.fail(ScriptFault.BAD_TRANSPORT)
  return forwardStateless(context, typeof port === 'number' ? { ...target, port } : target)
}

function sendCommand(transport: Transport, about: string): Command {
  return {
    forms: [['host'], ['host', 'number']],
    about,
    call: (context: Context, host: string, port?: number) =>
      sendUnchanged(context, fixedTarget(context, host, port, transport)),
  }
}

function rewriteCommand(
  aliases: string[],
  about: string,
  change: (text: string) => Parameters<typeof rewrite>[1],
): Command {
  return {
    aliases,
    forms: [['string']],
    about,
    call: (context: Context, text: string) => rewrite(context, change(text)),
  }
}

function flagCommand(about: string, act: (context: Context, flag: number) => Result): Command {
  return {
    forms: [['number']],
    about,
    call: (context: Context, flag: number) => {
      if (flag >= 1 && flag <= FLAG_MAX) return act(context, flag)
      context.log(-1, `ERROR: flag ${flag} is not in 1..${FLAG_MAX}`)
      return -1
    },
  }
}

const stop: Command['call'] = () => 0

export const COMMANDS: Readonly<Record<string, Command>> = {
  forward: forwardCommand(undefined, 'forwards statelessly over the transport the request came on'),
  forward_udp: forwardCommand('udp', 'forwards statelessly over UDP'),
  forward_tcp: forwardCommand('tcp', 'forwards statelessly over TCP'),
  forward_tls: forwardCommand('tls', 'forwards statelessly over TLS'),
  send: sendCommand('udp', 'sends the received bytes unchanged over UDP'),
  send_tcp: sendCommand('tcp', 'sends the received bytes unchanged over TCP'),
  drop: { forms: [[]], bare: true, about: 'leaves the route block', call: stop },
  break: { forms: [[]], bare: true, about: 'leaves the route block', call: stop },
  log: {
    forms: [['string'], ['number', 'string']],
    about: 'writes a log line (level 4 unless given)',
    call: (context: Context, first: string | number, text?: string) => {
      if (text === undefined) context.log(DEBUG_LEVEL, String(first))
      else context.log(first as number, text)
      return 1
    },
  },
  setflag: flagCommand('sets a flag of the message', (context, flag) => (context.setFlag(flag), 1)),
  resetflag: flagCommand('clears a flag of the message', (context, flag) => (context.resetFlag(flag), 1)),
  isflagset: flagCommand('is the flag set?', (context, flag) => (context.hasFlag(flag) ? 1 : -1)),
  rewriteuri: {
    aliases: ['seturi'],
    forms: [['string']],
    about: 'replaces the Request-URI, unchecked',
    call: (context: Context, uri: string) => (context.setUri(uri), 1),
  },
  revert_uri: {
    forms: [[]],
    bare: true,
    about: 'restores the original Request-URI',
    call: (context: Context) => ((context.newUri = undefined), 1),
  },
  rewritehost: rewriteCommand(['sethost', 'seth'], 'replaces the host of the Request-URI', (host) => () => ({
    host,
  })),
  rewritehostport: rewriteCommand(['sethostport', 'sethp'], 'replaces host and port', (hostport) => () => ({
    hostport,
  })),
  rewriteport: rewriteCommand(['setport', 'setp'], 'replaces the port', (port) => () => ({ port })),
  rewriteuser: rewriteCommand(['setuser', 'setu'], 'replaces the user, keeps the password', (user) => () => ({
    user,
  })),
  rewriteuserpass: rewriteCommand(['setuserpass', 'setup'], 'replaces user and password', (text) => () => ({
    userpass: text,
  })),
  prefix: rewriteCommand([], 'puts text before the user', (text) => (uri) => ({
    user: text + (uri.user ?? ''),
  })),
  strip: {
    forms: [['number']],
    about: 'drops the first n characters of the user',
    call: (context: Context, count: number) =>
      rewrite(context, (uri) => ({ user: (uri.user ?? '').slice(count) })),
  },
  strip_tail: {
    forms: [['number']],
    about: 'drops the last n characters of the user',
    call: (context: Context, count: number) =>
      rewrite(context, ({ user = '' }) => ({ user: user.slice(0, Math.max(0, user.length - count)) })),
  },
  append_branch: {
    forms: [[], ['string'], ['string', 'string']],
    bare: true,
    about: 'queues a further destination (a copy of the Request-URI without argument; q value as second)',
    call: (context: Context, uri?: string, q?: string) =>
      context.appendBranch(
        uri === undefined
          ? { uri: context.uri, route: context.registered?.route, flows: context.registered?.flows }
          : { uri, q },
      )
        ? 1
        : -1,
  },
  force_rport: {
    aliases: ['add_rport'],
    forms: [[]],
    bare: true,
    about: 'treats the request as if its Via carried rport (RFC 3581)',
    call: (context: Context) => ((context.forceRport = true), 1),
  },
  force_tcp_alias: {
    aliases: ['add_tcp_alias'],
    forms: [[], ['number']],
    bare: true,
    about:
      'what goes to the port of the Via, or to this one, takes the connection that the message came over',
    call: (context: Context, port?: number) => (aliasConnection(context, port) ? 1 : -1),
  },
  force_send_socket: {
    forms: [['socket']],
    about: 'sends from this one of our addresses',
    call: (context: Context, socket: { host: string; port: number | undefined }) => {
      context.sendFrom = { address: socket.host, port: socket.port ?? 5060 }
      return 1
    },
  },
  set_advertised_address: {
    forms: [['host']],
    about: 'the address shown in Via and Record-Route of this message',
    call: (context: Context, address: string) => ((context.advertisedAddress = address), 1),
  },
  set_advertised_port: {
    forms: [['number']],
    about: 'the port shown in Via and Record-Route of this message',
    call: (context: Context, port: number) => ((context.advertisedPort = port), 1),
  },
  error: {
    forms: [['string', 'string']],
    about: 'logs that it is not implemented (as SER does)',
    call: (context: Context, code: string, text: string) => {
      context.log(-1, `error(${code}, ${text}) not implemented yet`)
      return 1
    },
  },
  exec: {
    forms: [['string']],
    about: 'runs a shell command and waits for it; the exit code is ignored',
    call: (_context: Context, command: string) => ({
      question: {
        kind: 'exec',
        command,
        argument: undefined,
        environment: {},
        input: '',
        timeoutMs: EXEC_TIMEOUT_MS,
      },
      resume: () => 1,
    }),
  },
}

const EXEC_TIMEOUT_MS = 10_000
