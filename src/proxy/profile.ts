// The list of deviations: every point where the original SER and the RFC differ, as data. A profile is a column of it.
//
// Code asks `rules.<name>` and never "which profile is this?". A row's reason says why the difference is kept.

/** What a rule decides, in both profiles, with the clause and the reason. */
interface Deviation<T> {
  readonly about: string
  readonly clause: string
  readonly ser: T
  readonly rfc3261: T
  readonly reason: string
}

function deviation<T>(
  about: string,
  clause: string,
  values: { ser: T; rfc3261: T },
  reason: string,
): Deviation<T> {
  return { about, clause, ...values, reason }
}

/** Retransmission intervals of a request over UDP: the first ones, then the last for ever. */
export interface Retransmission {
  /** undefined: take retr_timer1p1..1p3 and retr_timer2 of the tm module. */
  readonly t1Ms: number | undefined
  readonly t2Ms: number
}

export const DEVIATIONS = {
  validateFirst: deviation(
    'requests are validated before the script runs, responses before anybody gets them',
    'RFC 3261 §16.3, §18.1.2',
    { ser: false, rfc3261: true },
    'SER leaves validation to the script and its modules; malformed requests are dropped or relayed as they are',
  ),
  malformedAnswered: deviation(
    'a request that cannot be read is answered with 400, 505 or 513 if it has a Via',
    'RFC 3261 §16.3-1, §21.5.6, §21.5.7',
    { ser: false, rfc3261: true },
    'SER says in its log why it drops one',
  ),
  datagramTail: deviation<'keep' | 'cut'>(
    'octets of a datagram behind the body that Content-Length announces',
    'RFC 3261 §18.3',
    { ser: 'keep', rfc3261: 'cut' },
    'SER relays datagrams whole',
  ),
  requestLineWritten: deviation(
    'a request leaves without headers and method parameter in its Request-URI, and with the version SIP/2.0',
    'RFC 3261 §7.1, §16.6-2, §19.1.1',
    { ser: false, rfc3261: true },
    'SER copies what came',
  ),
  retransmission: deviation<Retransmission>(
    'intervals at which requests are sent again over UDP',
    'RFC 3261 §17.1.1.2, §17.1.2.2',
    { ser: { t1Ms: undefined, t2Ms: 4000 }, rfc3261: { t1Ms: 500, t2Ms: 4000 } },
    'SER counts whole seconds: 1, 2, 4, 4 ... (retr_timer1p1, 1p2, 1p3, retr_timer2)',
  ),
  timerDefaults: deviation(
    'fr_timer and fr_inv_timer unless the script sets them, in seconds',
    'RFC 3261 §17.1.1.2 (timer B), §16.6-11 (timer C)',
    { ser: { fr: 30, frInv: 120 }, rfc3261: { fr: 32, frInv: 181 } },
    'SER has its own defaults',
  ),
  lingering: deviation<number | undefined>(
    'how long a finished transaction absorbs retransmissions, in milliseconds (undefined: wt_timer)',
    'RFC 3261 §17 table 4 (D, J), RFC 6026 (L, M)',
    { ser: undefined, rfc3261: 32_000 },
    'SER keeps it for wt_timer, 5 s',
  ),
  lateNonInvite: deviation(
    'of a request that is no INVITE: no provisional response but a 100 after 7*T1 over UDP, no 408, the best answer before 64*T1',
    'RFC 4320 §4',
    { ser: false, rfc3261: true },
    'SER relays and answers whatever comes, a 408 that comes too late for the caller included',
  ),
  strayResponses: deviation<'forward' | 'drop'>(
    'a response that no client transaction waits for, at a proxy that keeps transactions',
    'RFC 6026 §7.3',
    { ser: 'forward', rfc3261: 'drop' },
    'SER forwards it by its Via',
  ),
  keepAliveAnswered: deviation(
    'a double line end on a stream is answered with a single one',
    'RFC 5626 §4.4.1',
    { ser: false, rfc3261: true },
    'SER skips line ends between messages',
  ),
  rportReceived: deviation(
    'where a Via asks for rport, received is written although it says nothing new',
    'RFC 3581 §4',
    { ser: false, rfc3261: true },
    'SER writes received where the address is another than the Via says',
  ),
  responsesReconnect: deviation(
    'a response whose connection is gone goes over a new one, to where the Via says; else by the name in the Via',
    'RFC 3261 §18.2.2, RFC 3263 §5',
    { ser: false, rfc3261: true },
    'SER tries the port that the connection came from',
  ),
  viaMaddr: deviation(
    'a response goes to the address in the maddr of its Via; the Via of a request to a multicast group names that',
    'RFC 3261 §18.2.2, §18.1.1',
    { ser: false, rfc3261: true },
    'SER does not look at it, which also spares it to be sent against others',
  ),
  largeOverTcp: deviation<number | undefined>(
    'requests of more octets than this go over TCP although UDP is meant, and over UDP where TCP is refused',
    'RFC 3261 §18.1.1',
    { ser: undefined, rfc3261: 1300 },
    'SER sends datagrams of any size',
  ),
  timerCBy100: deviation(
    'a further 100 starts fr_inv_timer anew',
    'RFC 3261 §16.7-2',
    { ser: true, rfc3261: false },
    'SER does so by any provisional response',
  ),
  redirectsReplaced: deviation(
    'a redirection whose contacts were called is no candidate for the best response',
    'RFC 3261 §16.7-4',
    { ser: false, rfc3261: true },
    'SER takes the lowest code of all branches',
  ),
  ownResponses: deviation<'relay' | 'drop'>(
    'a response in a branch without a Via below ours',
    'RFC 3261 §16.7-3',
    { ser: 'relay', rfc3261: 'drop' },
    'SER does not look',
  ),
  oldAckByTag: deviation(
    'an ACK without the branch cookie belongs to an INVITE only with the To tag of the response sent',
    'RFC 3261 §17.2.3',
    { ser: false, rfc3261: true },
    'SER compares the URI of To',
  ),
  acceptedResends: deviation(
    'an INVITE retransmitted after its 2xx gets the 2xx again',
    'RFC 6026 §7.1',
    { ser: true, rfc3261: false },
    'SER resends what it sent last; the RFC absorbs the INVITE, the callee retransmits its 2xx',
  ),
  transportErrors: deviation(
    'an ICMP error or a refused connection ends the branch with 503',
    'RFC 3261 §16.9, §18.4',
    { ser: false, rfc3261: true },
    'SER does not hear of ICMP errors; a stream that cannot be opened counts in both profiles',
  ),
  transportByDns: deviation(
    'where a URI has neither transport nor port, NAPTR and SRV records say which transport',
    'RFC 3263 §4.1',
    { ser: false, rfc3261: true },
    'SER takes UDP unless the URI says otherwise',
  ),
  nextServer: deviation(
    'where a server fails (503, no connection, an INVITE without any answer) the next one that DNS names is tried',
    'RFC 3263 §4.3',
    { ser: false, rfc3261: true },
    'SER takes the first address and leaves the rest to the failure route',
  ),
  bestResponse: deviation<'lowest' | 'class'>(
    'which final response of several branches is sent upstream',
    'RFC 3261 §16.7-6',
    { ser: 'lowest', rfc3261: 'class' },
    'SER takes the numerically lowest code; a 6xx has no priority',
  ),
  globalFailureCancels: deviation(
    'a 6xx cancels the other branches and is relayed when they have ended',
    'RFC 3261 §16.7-5',
    { ser: false, rfc3261: true },
    'SER lets a 6xx compete like any other code',
  ),
  serviceUnavailableBecomes500: deviation(
    'a 503 chosen as the best response is sent upstream as 500',
    'RFC 3261 §16.7-6',
    { ser: false, rfc3261: true },
    'SER relays the 503 of its next hop',
  ),
  aggregateChallenges: deviation(
    'the challenges of all 401 and 407 branches are put into the one that is sent upstream',
    'RFC 3261 §16.7-7',
    { ser: false, rfc3261: true },
    'SER relays the winning response as received',
  ),
  statelessBranch: deviation<'zero' | 'hash'>(
    'the Via branch of a statelessly forwarded request',
    'RFC 3261 §16.11',
    { ser: 'zero', rfc3261: 'hash' },
    'SER with syn_branch=yes writes branch=0, which is not unique',
  ),
  cancelUnanswered: deviation(
    'a CANCEL that arrives before any provisional response is sent on once one arrives',
    'RFC 3261 §9.1, §16.10',
    { ser: false, rfc3261: true },
    'SER answers 487 at once and never cancels that branch',
  ),
  cancelRebuilt: deviation(
    'a CANCEL sent on because the caller cancelled is built by the proxy',
    'RFC 3261 §16.10, §9.1',
    { ser: false, rfc3261: true },
    "SER forwards the caller's CANCEL with all its headers and two Via values",
  ),
  cancelTimeout: deviation(
    'a cancelled branch that sends no final response is given up 64*T1 later',
    'RFC 3261 §9.1',
    { ser: false, rfc3261: true },
    'SER waits for fr_inv_timer',
  ),
  cancelReason: deviation(
    'reason phrase of the 200 that answers a matched CANCEL',
    'RFC 3261 §9.2',
    { ser: 'canceling', rfc3261: 'OK' },
    'SER 0.9 says "canceling", 0.8 "cancelling"',
  ),
  tryingReason: deviation(
    'reason phrase of the 100 that t_relay sends',
    'RFC 3261 §21.1.1',
    { ser: 'trying -- your call is important to us', rfc3261: 'Trying' },
    'SER has its own words',
  ),
  maxForwardsGenerated: deviation(
    'requests made by the proxy itself carry Max-Forwards: 70',
    'RFC 3261 §8.1.1.6',
    { ser: false, rfc3261: true },
    'SER writes none into its CANCEL and ACK',
  ),
  maxForwardsByItself: deviation(
    'the engine decrements (or adds) Max-Forwards when the script has not, and answers 483 when it is 0',
    'RFC 3261 §16.3-3, §16.6-3',
    { ser: false, rfc3261: true },
    'SER leaves Max-Forwards to mf_process_maxfwd_header',
  ),
  maxForwardsLimit: deviation(
    'Max-Forwards above this is lowered to it',
    'RFC 3261 §16.6-3',
    { ser: 16, rfc3261: 255 },
    'SER 0.9 has the parameter max_limit, 16 unless set',
  ),
  maxForwardsOneIsEmpty: deviation(
    'Max-Forwards 1 is forwarded with an empty value',
    'RFC 3261 §16.6-3',
    { ser: true, rfc3261: false },
    "SER's number writer prints nothing for 0",
  ),
  registrarOrder: deviation(
    'a REGISTER with the same Call-ID and a CSeq that is not higher is refused with 500',
    'RFC 3261 §10.3-7',
    { ser: false, rfc3261: true },
    'SER stores Call-ID and CSeq but does not compare them',
  ),
  registrarTooBrief: deviation<'raise' | 'refuse'>(
    'what happens to an expiry below min_expires',
    'RFC 3261 §10.3-7',
    { ser: 'raise', rfc3261: 'refuse' },
    'SER raises it; the RFC answers 423 with Min-Expires',
  ),
  contactComparison: deviation<'text' | 'uri'>(
    'how registered contacts are told apart',
    'RFC 3261 §10.3-7, §19.1.4',
    { ser: 'text', rfc3261: 'uri' },
    'SER compares their text',
  ),
  registrarRequire: deviation(
    'save refuses a REGISTER that requires what the registrar does not know with 420',
    'RFC 3261 §10.3-2, §8.2.2.3',
    { ser: false, rfc3261: true },
    'SER ignores Require',
  ),
  registrarTransaction: deviation(
    'save answers within the transaction, if the script has made one, so that repetitions get the answer again',
    'RFC 3261 §10.3, §17.2.2',
    { ser: false, rfc3261: true },
    'SER answers statelessly; a repetition that its transaction absorbs gets nothing',
  ),
  contactParameters: deviation<'known' | 'all'>(
    "what comes back of a Contact's name and parameters in the 200 to a REGISTER",
    'RFC 3261 §10.3-8',
    { ser: 'known', rfc3261: 'all' },
    'SER keeps q and expires',
  ),
  recordRouteReplies: deviation<'all' | 'dialog'>(
    'which local 18x and 2xx replies repeat Record-Route',
    'RFC 3261 §10.3, §12.1.1',
    { ser: 'all', rfc3261: 'dialog' },
    'SER copies it whatever the method is',
  ),
  tryingTimestamp: deviation(
    'a 100 of our own repeats Timestamp',
    'RFC 3261 §8.2.6.1',
    { ser: false, rfc3261: true },
    'SER does not know the header',
  ),
  lookupSkipsItself: deviation(
    'lookup leaves out a contact that is the very Request-URI',
    'RFC 3261 §8.3, §16.5',
    { ser: false, rfc3261: true },
    'SER sends the request back to itself until Max-Forwards is used up',
  ),
  redirectParameters: deviation(
    'contacts of a local 3xx carry q and expires of their registration',
    'RFC 3261 §8.3, §21.3',
    { ser: false, rfc3261: true },
    'SER writes the q of further contacts only',
  ),
  redirectBrackets: deviation(
    'contacts of a local 3xx are always in angle brackets',
    'RFC 3261 §20.10',
    { ser: false, rfc3261: true },
    'SER prints them bare unless they carry a q value',
  ),
  sipsRewrite: deviation(
    'rewriting a part of a sips URI keeps the scheme',
    'RFC 3261 §19.1',
    { ser: false, rfc3261: true },
    'SER rebuilds every URI as lower-case sip:',
  ),
  loopDetection: deviation(
    'a request that comes back to be sent where it went before is answered with 482',
    'RFC 3261 §16.3-4, RFC 5393 §4',
    { ser: false, rfc3261: true },
    'SER leaves loops to Max-Forwards',
  ),
  maxBreadth: deviation<number | undefined>(
    'the Max-Breadth of a request that has none; it is shared out among branches, and 440 is answered when there is too little',
    'RFC 5393 §5.3.3',
    { ser: undefined, rfc3261: 60 },
    'SER does not know the header',
  ),
  maddrCounts: deviation(
    'a maddr in a URI says where a request goes; our own in the Request-URI is taken out',
    'RFC 3261 §16.4, §16.5, §19.1.1',
    { ser: false, rfc3261: true },
    'SER goes by the host',
  ),
  sipsIsSecure: deviation(
    'a sips Request-URI: TLS also by way of a sip Route, sips in Record-Route, sips contacts only in lookup',
    'RFC 3261 §16.6-4, §16.6-7, §26.2.2',
    { ser: false, rfc3261: true },
    'SER goes by the URI of the next hop alone',
  ),
  strictTargetRoute: deviation<'append' | 'replace'>(
    'a request from a strict router (our URI as Request-URI): what becomes of our URI',
    'RFC 3261 §16.4',
    { ser: 'append', rfc3261: 'replace' },
    'SER 0.9 appends our own URI as the last Route',
  ),
  ownRouteWasLast: deviation<1 | -1>(
    'what loose_route returns when our own Route was the last one and the Request-URI is not ours',
    'RFC 3261 §16.4, §16.12',
    { ser: -1, rfc3261: 1 },
    'SER returns false: the script has to route by the Request-URI itself',
  ),
  warningHeader: deviation(
    'local replies carry the Warning header "Noisy feedback tells" (option sip_warning)',
    'RFC 3261 §20.43',
    { ser: true, rfc3261: false },
    'SER writes it by default',
  ),
  supportedHeader: deviation<'Support' | 'Supported'>(
    'name of the header that says which extensions options_reply supports',
    'RFC 3261 §20.37',
    { ser: 'Support', rfc3261: 'Supported' },
    'SER misspells it',
  ),
  challengesHaveQop: deviation(
    'every challenge offers qop, whatever the script asks for',
    'RFC 3261 §22.4',
    { ser: false, rfc3261: true },
    'SER leaves it to the second argument of www_challenge and proxy_challenge',
  ),
  errorReplies: deviation(
    'an unknown Proxy-Require is refused with 420 before the script runs',
    'RFC 3261 §16.3-5',
    { ser: false, rfc3261: true },
    'SER ignores it',
  ),
} as const

export type DeviationName = keyof typeof DEVIATIONS

/** What the engine asks; one value a deviation. */
export type Rules = {
  readonly [K in DeviationName]: (typeof DEVIATIONS)[K] extends Deviation<infer T> ? T : never
}

export type ProfileName = 'ser' | 'rfc3261'

/** The rules of a profile; those that are named are the other profile's. */
export function rulesOf(profile: ProfileName, turned: readonly DeviationName[] = []): Rules {
  const other = profile === 'ser' ? 'rfc3261' : 'ser'
  const rules = Object.entries(DEVIATIONS).map(([name, row]) => [
    name,
    row[turned.includes(name as DeviationName) ? other : profile],
  ])
  return Object.fromEntries(rules) as Rules
}
