// The four transaction machines of RFC 3261 §17 (with the accepted states of RFC 6026) as literal tables:
// state x event -> next state, then actions in order. Timers are started and stopped by actions in the rows, so the
// table alone tells the truth. A hole means that the event is ignored in that state; a test lists all holes.
//
// The tables do not know who runs them: phones and the proxy's tm use the same ones.

/** [next state, ...actions] */
export type Row<S extends string, A extends string> = readonly [S, ...A[]]
export type Table<S extends string, E extends string, A extends string> = {
  readonly [state in S]: { readonly [event in E]?: Row<S, A> }
}

// ---- client -------------------------------------------------------------------------------------------------

export type ClientState = 'calling' | 'trying' | 'proceeding' | 'accepted' | 'completed' | 'terminated'
export type ClientEvent =
  | 'provisional' // 1xx
  | 'success' // 2xx
  | 'failure' // 300..699
  | 'retransmit' // timer A or E
  | 'timeout' // timer B or F; tm: fr_timer, fr_inv_timer
  | 'linger' // timer D, K or M
  | 'transportError'
export type ClientAction =
  | 'resend' // send the request again and start the next retransmission interval
  | 'stopRetransmit'
  | 'startProceeding' // the timer that runs while proceeding (tm: fr_inv_timer)
  | 'slowRetransmit' // retransmit at T2 from now on
  | 'stopTimeout'
  | 'startLinger' // timer D, K or M
  | 'ack' // send the ACK of a non-2xx final (RFC 3261 §17.1.1.3)
  | 'pass' // hand the response to the transaction user
  | 'reportTimeout'
  | 'reportTransport'

/** RFC 3261 §17.1.1, figure 5, with RFC 6026 §8.4. */
export const inviteClient = {
  calling: {
    provisional: ['proceeding', 'stopRetransmit', 'startProceeding', 'pass'],
    success: ['accepted', 'stopRetransmit', 'stopTimeout', 'startLinger', 'pass'],
    failure: ['completed', 'stopRetransmit', 'stopTimeout', 'startLinger', 'ack', 'pass'],
    retransmit: ['calling', 'resend'],
    timeout: ['terminated', 'stopRetransmit', 'reportTimeout'],
    transportError: ['terminated', 'stopRetransmit', 'stopTimeout', 'reportTransport'],
  },
  trying: {},
  proceeding: {
    provisional: ['proceeding', 'startProceeding', 'pass'],
    success: ['accepted', 'stopTimeout', 'startLinger', 'pass'],
    failure: ['completed', 'stopTimeout', 'startLinger', 'ack', 'pass'],
    timeout: ['terminated', 'reportTimeout'],
    transportError: ['terminated', 'stopTimeout', 'reportTransport'],
  },
  accepted: {
    success: ['accepted', 'pass'],
    linger: ['terminated'],
  },
  completed: {
    failure: ['completed', 'ack'],
    linger: ['terminated'],
    transportError: ['terminated', 'reportTransport'],
  },
  terminated: {},
} as const satisfies Table<ClientState, ClientEvent, ClientAction>

/** RFC 3261 §17.1.2, figure 6. */
export const nonInviteClient = {
  calling: {},
  trying: {
    provisional: ['proceeding', 'slowRetransmit', 'pass'],
    success: ['completed', 'stopRetransmit', 'stopTimeout', 'startLinger', 'pass'],
    failure: ['completed', 'stopRetransmit', 'stopTimeout', 'startLinger', 'pass'],
    retransmit: ['trying', 'resend'],
    timeout: ['terminated', 'stopRetransmit', 'reportTimeout'],
    transportError: ['terminated', 'stopRetransmit', 'stopTimeout', 'reportTransport'],
  },
  proceeding: {
    provisional: ['proceeding', 'pass'],
    success: ['completed', 'stopRetransmit', 'stopTimeout', 'startLinger', 'pass'],
    failure: ['completed', 'stopRetransmit', 'stopTimeout', 'startLinger', 'pass'],
    retransmit: ['proceeding', 'resend'],
    timeout: ['terminated', 'stopRetransmit', 'reportTimeout'],
    transportError: ['terminated', 'stopRetransmit', 'stopTimeout', 'reportTransport'],
  },
  accepted: {},
  completed: {
    linger: ['terminated'],
  },
  terminated: {},
} as const satisfies Table<ClientState, ClientEvent, ClientAction>

// ---- server -------------------------------------------------------------------------------------------------

export type ServerState = 'trying' | 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated'
export type ServerEvent =
  | 'request' // the request again
  | 'ack'
  | 'provisional' // the transaction user sends a 1xx
  | 'success' // ... a 2xx
  | 'failure' // ... a 300..699
  | 'retransmit' // timer G
  | 'timeout' // timer H: no ACK came
  | 'linger' // timer I, J or L
  | 'transportError'
export type ServerAction =
  | 'send' // the response that the transaction user gave
  | 'resend' // the last response again
  | 'startRetransmit' // timer G
  | 'stopRetransmit'
  | 'startTimeout' // timer H
  | 'stopTimeout'
  | 'startLinger' // timer I, J or L
  | 'reportTimeout'
  | 'reportTransport'

/** RFC 3261 §17.2.1, figure 7, with RFC 6026 §8.7. */
export const inviteServer = {
  trying: {},
  proceeding: {
    request: ['proceeding', 'resend'],
    provisional: ['proceeding', 'send'],
    success: ['accepted', 'send', 'startLinger'],
    failure: ['completed', 'send', 'startRetransmit', 'startTimeout'],
    transportError: ['proceeding', 'reportTransport'],
  },
  accepted: {
    success: ['accepted', 'send'],
    linger: ['terminated'],
    transportError: ['accepted', 'reportTransport'],
  },
  completed: {
    request: ['completed', 'resend'],
    ack: ['confirmed', 'stopRetransmit', 'stopTimeout', 'startLinger'],
    retransmit: ['completed', 'resend', 'startRetransmit'],
    timeout: ['terminated', 'stopRetransmit', 'reportTimeout'],
    transportError: ['terminated', 'stopRetransmit', 'stopTimeout', 'reportTransport'],
  },
  confirmed: {
    linger: ['terminated'],
  },
  terminated: {},
} as const satisfies Table<ServerState, ServerEvent, ServerAction>

/** RFC 3261 §17.2.2, figure 8. */
export const nonInviteServer = {
  trying: {
    provisional: ['proceeding', 'send'],
    success: ['completed', 'send', 'startLinger'],
    failure: ['completed', 'send', 'startLinger'],
  },
  proceeding: {
    request: ['proceeding', 'resend'],
    provisional: ['proceeding', 'send'],
    success: ['completed', 'send', 'startLinger'],
    failure: ['completed', 'send', 'startLinger'],
    transportError: ['terminated', 'reportTransport'],
  },
  accepted: {},
  completed: {
    request: ['completed', 'resend'],
    linger: ['terminated'],
    transportError: ['terminated', 'reportTransport'],
  },
  confirmed: {},
  terminated: {},
} as const satisfies Table<ServerState, ServerEvent, ServerAction>
