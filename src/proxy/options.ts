// The global options of a routing script (the SER core), one row each: its type, and what we do with it.

import type { OptionRecord } from '../script/contract.js'

const ONE_PROCESS = 'the engine is one process; the option has no effect'
const HOST_LIMIT = 'set by the operating system; the option has no effect'

export const OPTIONS: Readonly<Record<string, OptionRecord>> = {
  debug: { kind: 'integer', about: 'log threshold: -3 alert .. 4 debug' },
  fork: { kind: 'boolean', about: 'no: stay in the foreground; the engine always does' },
  log_stderror: { kind: 'boolean', about: 'log to standard error; the engine always does' },
  log_facility: {
    kind: 'identifier',
    about: 'syslog facility',
    instead: 'the engine logs to standard error',
  },
  listen: { kind: 'ids', repeatable: true, about: 'addresses, names or interfaces to listen at' },
  port: { kind: 'integer', about: 'default port, and that of listen entries without one' },
  alias: { kind: 'ids', repeatable: true, about: 'further names that count as myself' },
  dns: {
    kind: 'boolean',
    about: 'resolve the Via host before received= is added',
    instead: 'the Via host is compared as text',
  },
  rev_dns: {
    kind: 'boolean',
    about: 'resolve the source address before received= is added',
    instead: 'the Via host is compared as text',
  },
  statistics: { kind: 'string', about: 'statistics file', instead: 'statistics are on the control socket' },
  maxbuffer: { kind: 'integer', about: 'receive buffer of a UDP socket, in bytes' },
  children: { kind: 'integer', about: 'receiver processes', instead: ONE_PROCESS },
  check_via: { kind: 'boolean', about: 'drop replies whose top Via is not ours' },
  syn_branch: { kind: 'boolean', about: 'short Via branches' },
  memlog: { kind: 'integer', aliases: ['mem_log'], about: 'level of the memory report', instead: HOST_LIMIT },
  sip_warning: { kind: 'boolean', about: 'add the Warning header to local replies' },
  fifo: { kind: 'string', about: 'path of the control FIFO; unset or empty: there is none' },
  fifo_mode: {
    kind: 'integer',
    aliases: ['sock_mode', 'file_mode'],
    about: 'permissions of the control FIFO (0660)',
  },
  fifo_dir: { kind: 'string', about: 'folder of FIFO reply files (/tmp)' },
  fifo_user: { kind: 'string', aliases: ['sock_user'], about: 'owner of the control FIFO' },
  fifo_group: { kind: 'string', aliases: ['sock_group'], about: 'group of the control FIFO' },
  fifo_db_url: {
    kind: 'string',
    about: 'database of the FIFO',
    instead: 'modules have db_url parameters of their own',
  },
  unix_sock: {
    kind: 'string',
    about: 'path of the control socket',
    instead: 'serve has a control socket of its own kind (--control, sipwright ctl)',
  },
  unix_sock_children: { kind: 'integer', about: 'control socket processes', instead: ONE_PROCESS },
  unix_tx_timeout: { kind: 'integer', about: 'control socket send limit in milliseconds' },
  server_signature: {
    kind: 'boolean',
    about: 'Server header on local replies, User-Agent on local requests',
  },
  reply_to_via: { kind: 'boolean', about: 'send local replies to the Via address instead of the source' },
  user: {
    kind: 'string',
    aliases: ['uid'],
    about: 'identity to switch to',
    instead: 'start the engine as that user',
  },
  group: {
    kind: 'string',
    aliases: ['gid'],
    about: 'group to switch to',
    instead: 'start the engine with that group',
  },
  chroot: {
    kind: 'string',
    about: 'root directory',
    instead: 'start the engine in a container or under chroot',
  },
  workdir: { kind: 'string', aliases: ['wdir'], about: 'working directory' },
  mhomed: {
    kind: 'boolean',
    about: 'ask the kernel which address to send from',
    instead: 'the first fitting address is used',
  },
  disable_tcp: { kind: 'boolean', about: 'listen on UDP only' },
  tcp_children: { kind: 'integer', about: 'TCP processes', instead: ONE_PROCESS },
  tcp_connect_timeout: { kind: 'integer', about: 'seconds until a connection attempt is given up' },
  tcp_send_timeout: { kind: 'integer', about: 'seconds until an unread connection is closed' },
  tcp_accept_aliases: { kind: 'boolean', about: 'accept ;alias in Via' },
  disable_tls: { kind: 'boolean', about: 'no TLS beside UDP and TCP' },
  tls_log: {
    kind: 'integer',
    aliases: ['tlslog'],
    about: 'TLS log level',
    instead: 'why a connection failed is always in the log',
  },
  tls_port_no: { kind: 'integer', about: 'TLS port (5061)' },
  tls_method: { kind: 'identifier', about: 'TLS version', instead: 'TLS 1.2 and 1.3 are spoken' },
  tls_verify: {
    kind: 'boolean',
    about: 'check who signed the certificates of servers that are called (yes); their names are not compared',
  },
  tls_require_certificate: { kind: 'boolean', about: 'demand client certificates' },
  tls_certificate: {
    kind: 'string',
    about: 'certificate file; with it, TLS is listened at beside UDP and TCP',
  },
  tls_private_key: { kind: 'string', about: 'key file (the certificate file, unless set)' },
  tls_ca_list: { kind: 'string', about: 'authorities file' },
  tls_handshake_timeout: { kind: 'integer', about: 'seconds (10)' },
  tls_send_timeout: {
    kind: 'integer',
    about: 'seconds',
    instead: 'a peer that does not read is cut off when its queue is full',
  },
  advertised_address: { kind: 'string', about: 'host shown in Via and Record-Route' },
  advertised_port: { kind: 'integer', about: 'port shown in Via and Record-Route' },
  disable_core_dump: { kind: 'boolean', about: 'no core files', instead: HOST_LIMIT },
  open_files_limit: { kind: 'integer', about: 'open file limit', instead: HOST_LIMIT },
  mcast_loopback: { kind: 'boolean', about: 'multicast loopback', instead: 'multicast is not joined' },
  mcast_ttl: { kind: 'integer', about: 'multicast time to live', instead: 'multicast is not joined' },
}
