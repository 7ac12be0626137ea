// The reserved words of the routing language (ser-language 1.3, 1.5): those that stand for numbers, and those that
// cannot be part of a bare name. Versions 0.8 and 0.9 together.

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

/** The largest message, in octets: what msg:len is compared with. */
const MESSAGE_OCTETS_MAX = 65535

/** Words that are numbers. Of protocols and families only equality matters. */
export const NUMBER_WORDS: ReadonlyMap<string, number> = new Map([
  ...words('yes true on enable').map((word) => [word, 1] as const),
  ...words('no false off disable').map((word) => [word, 0] as const),
  ...words('udp UDP').map((word) => [word, 1] as const),
  ...words('tcp TCP').map((word) => [word, 2] as const),
  ...words('tls TLS').map((word) => [word, 3] as const),
  ...words('inet INET').map((word) => [word, 2] as const),
  ...words('inet6 INET6').map((word) => [word, 10] as const),
  ['max_len', MESSAGE_OCTETS_MAX] as const,
])

/** Words that SER does not have: numbers where a number is compared with, and else names like others (ws.example.com). */
export const NEW_NUMBER_WORDS: ReadonlyMap<string, number> = new Map([
  ...words('ws WS').map((word) => [word, 4] as const),
  ...words('wss WSS').map((word) => [word, 5] as const),
])

/** Words that may stand before a colon and an address (0.9). */
export const PROTOCOL_WORDS: ReadonlySet<string> = new Set(words('udp UDP tcp TCP tls TLS ws WS wss WSS'))

const ACTIONS = `forward forward_udp forward_tcp forward_tls send send_tcp drop break log error exec setflag resetflag
  isflagset rewritehost sethost seth rewritehostport sethostport sethp rewriteuser setuser setu rewriteuserpass
  setuserpass setup rewriteport setport setp rewriteuri seturi revert_uri prefix strip strip_tail append_branch
  force_rport add_rport force_tcp_alias add_tcp_alias force_send_socket set_advertised_address set_advertised_port
  if else`
const BLOCKS = 'route failure_route onreply_route loadmodule modparam'
const OPERANDS =
  'method uri status from_uri to_uri src_ip dst_ip src_port dst_port proto af myself not and or'
const OPTIONS = `debug fork log_stderror log_facility listen port alias dns rev_dns statistics maxbuffer children
  check_via syn_branch memlog mem_log sip_warning fifo fifo_mode fifo_dir fifo_user fifo_group fifo_db_url sock_mode
  file_mode sock_user sock_group unix_sock unix_sock_children unix_tx_timeout server_signature reply_to_via user uid
  group gid chroot workdir wdir mhomed disable_tcp tcp_children tcp_connect_timeout tcp_send_timeout
  tcp_accept_aliases disable_tls tls_log tlslog tls_port_no tls_method tls_verify tls_require_certificate
  tls_certificate tls_private_key tls_ca_list tls_handshake_timeout tls_send_timeout advertised_address
  advertised_port disable_core_dump open_files_limit mcast_loopback mcast_ttl`

/** Words that are taken everywhere, even as a label of a host name. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  ...words(ACTIONS),
  ...words(BLOCKS),
  ...words(OPERANDS),
  ...words(OPTIONS),
  ...NUMBER_WORDS.keys(),
])
