// Pairs of scenarios for sipp-parity.ts: each is played twice, with real SIPp on either side. What differs on purpose
// is said with its reason.

export interface ParitySide {
  /** File in features/sipp/scenarios, or the name of an embedded scenario. */
  readonly scenario: string
  readonly args?: readonly string[]
  /** Why this side may differ from SIPp. */
  readonly differs?: string
  /** SIPp 3.6.1 cannot play it; the reason. */
  readonly onlyOurs?: string
}

export interface ParityCase {
  readonly client: ParitySide
  readonly server: ParitySide
  /** Embedded scenarios are written anew: only verdicts are compared. */
  readonly verdictOnly?: boolean
}

const on = (scenario: string, args: readonly string[] = [], differs?: string): ParitySide => ({
  ...{ scenario, args },
  ...(differs !== undefined && { differs }),
})

const ours = (scenario: string, onlyOurs: string): ParitySide => ({ scenario, onlyOurs })

const pair = (client: ParitySide | string, server: ParitySide | string): ParityCase => ({
  client: typeof client === 'string' ? on(client) : client,
  server: typeof server === 'string' ? on(server) : server,
})

const UNLOGGED = 'SIPp does not log what it sends before a connection is open'
const NO_SUBJECT = 'automatic messages have no Subject: Performance Test here'
const GOES_ON = 'SIPp 3.6 goes on after -timeout while a call is open; later releases and this player end'
const TIMEWAIT =
  'SIPp 3.6.1 counts a connection that ends in <timewait> as failed; later releases and this player do not'

const TN = ['-t', 'tn', '-max_socket', '100']

export const PARITY_CASES: readonly ParityCase[] = [
  pair('options_client.xml', 'options_server.xml'),
  pair(on('options_client.xml', ['-t', 't1']), on('options_server.xml', ['-t', 't1'])),
  pair(on('options_client.xml', TN, UNLOGGED), on('options_server.xml', ['-t', 't1'])),
  pair(on('options_client.xml', ['-t', 'un', '-max_socket', '100']), 'options_server.xml'),
  pair('call_client.xml', 'call_server.xml'),
  pair(on('call_client.xml', ['-t', 't1']), on('call_server.xml', ['-t', 't1'], TIMEWAIT)),
  pair(on('call_client.xml', ['-m', '5', '-r', '20']), on('call_server.xml', ['-m', '5'])),
  pair('busy_client.xml', 'busy_server.xml'),
  pair('cancel_client.xml', 'cancel_server.xml'),
  pair('late_client.xml', 'cancel_server.xml'),
  pair('routes_client.xml', 'routed_server.xml'),
  pair('register_client.xml', 'register_server.xml'),
  pair('register_wrong.xml', 'register_server.xml'),
  pair(on('csv_client.xml', ['-inf', 'users.csv', '-m', '2']), on('csv_server.xml', ['-m', '2'])),
  pair('branches_client.xml', 'branches_server.xml'),
  pair('arithmetic_client.xml', 'arithmetic_server.xml'),
  pair('strings_client.xml', 'options_server.xml'),
  pair('regexps_client.xml', 'regexps_server.xml'),
  pair('regexps_failing.xml', 'last_server.xml'),
  pair('transactions_client.xml', 'transactions_server.xml'),
  pair(on('pauses_client.xml', ['-d', '15']), 'options_server.xml'),
  pair(
    on('scopes_client.xml', ['-set', 'given', 'outside', '-key', 'color', 'blue', '-m', '2']),
    on('options_server.xml', ['-m', '2']),
  ),
  pair('routes_client.xml', 'routes_server.xml'),
  pair('routes_client.xml', 'strict_routes_server.xml'),
  pair('last_client.xml', 'last_server.xml'),
  pair(
    on('values_client.xml', [
      '-tdmmap',
      '{0-3}{99}{5-8}{1-31}',
      '-s',
      'bob',
      '-base_cseq',
      '7',
      '-mp',
      '7000',
    ]),
    'values_server.xml',
  ),
  pair(on('lookup_client.xml', ['-inf', 'users.csv', '-infindex', 'users.csv', '0']), 'values_server.xml'),
  pair('timeout_client.xml', 'silent_server.xml'),
  pair('timeout_failing.xml', 'silent_server.xml'),
  pair(on('options_client.xml', ['-recv_timeout', '200']), 'silent_server.xml'),
  pair(on('unexpected_client.xml', [], NO_SUBJECT), on('busy_server.xml', [], NO_SUBJECT)),
  pair(on('unexpected_client.xml', ['-nd', '-timeout', '2'], GOES_ON), on('busy_server.xml', [], GOES_ON)),
  pair('hungup_client.xml', 'hangup_server.xml'),
  pair('handler_client.xml', 'info_server.xml'),
  pair('anytime_client.xml', 'anytime_server.xml'),
  pair(on('inquired_client.xml', ['-aa']), 'inquiring_server.xml'),
  pair('stop_call_client.xml', 'options_server.xml'),
  pair(on('stop_gracefully_client.xml', ['-m', '3', '-r', '2']), 'options_server.xml'),
  pair('stop_now_client.xml', 'options_server.xml'),
  pair('error_client.xml', 'options_server.xml'),
  pair(ours('patterns_client.xml', 'SIPp knows patterns of codes since 3.7.5'), 'patterns_server.xml'),
  pair('options_client.xml', 'patterns_server.xml'),
  pair('books_client.xml', 'options_server.xml'),
  pair('options_client.xml', 'slow_server.xml'),
  pair(on('options_client.xml', ['-nr', '-timeout', '3']), 'slow_server.xml'),
  pair('media_client.xml', 'call_server.xml'),
  pair('setdest_client.xml', 'options_server.xml'),
  pair(on('closecon_client.xml', TN, UNLOGGED), on('values_server.xml', ['-t', 't1'])),
  pair('own_messages_client.xml', 'busy_server.xml'),
  pair('early_client.xml', 'early_server.xml'),
  pair('prack_client.xml', 'prack_server.xml'),
  pair(ours('broken.xml', 'SIPp 3.6.1 cannot load it'), 'options_server.xml'),
  pair(ours('coding_client.xml', 'SIPp knows urlencode since 3.7'), 'options_server.xml'),
  pair(ours('digits_client.xml', 'SIPp knows play_dtmf since 3.7'), 'call_server.xml'),
  pair(ours('srtp_client.xml', 'SIPp knows SRTP since 3.7'), 'call_server.xml'),
  pair(ours('shell_client.xml', 'shell commands are refused here: 255'), 'options_server.xml'),
  pair(on('options_client.xml', ['-cid_str', 'call-%u-%p-%%@%s']), 'options_server.xml'),
  { ...pair('uac', 'uas'), verdictOnly: true },
  { ...pair('regexp', 'uas'), verdictOnly: true },
  { ...pair('branchc', 'branchs'), verdictOnly: true },
]
