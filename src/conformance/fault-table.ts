// The deliberate faults of a proxy, registrar or user agent, one line each. They spoil text, so they know no engine.

import type { Bytes } from '../endpoint.js'
import type { Fault } from './faulty.js'

type Change = (text: Bytes) => Bytes

const isRequest = (text: Bytes, method = '[A-Z]+'): boolean =>
  new RegExp(`^${method} \\S+ SIP/2\\.0`).test(text)
const isStatus = (text: Bytes, status: string): boolean => new RegExp(`^SIP/2\\.0 ${status} `).test(text)
/** Relayed, not made here: another Via stands below ours. */
const isRelayed = (text: Bytes): boolean =>
  isRequest(text) &&
  (text.match(/^(?:Via|v)\s*:/gim)?.length ?? 0) + (text.match(/^Via:.*,/gim)?.length ?? 0) > 1
const ofMethod = (text: Bytes, method: string): boolean =>
  new RegExp(`^CSeq\\s*:\\s*\\d+\\s+${method}\\b`, 'im').test(text)

const requests = (change: Change, method?: string) => (text: Bytes) =>
  isRequest(text, method) ? change(text) : text
const responses =
  (change: Change, status = '\\d\\d\\d') =>
  (text: Bytes) =>
    isStatus(text, status) ? change(text) : text
const lost = (is: (text: Bytes) => boolean) => (text: Bytes) => (is(text) ? undefined : text)
const without =
  (name: string): Change =>
  (text) =>
    text.replace(new RegExp(`^${name}\\s*:.*\\r\\n(?:[ \\t].*\\r\\n)*`, 'gim'), '')
const header =
  (name: string, change: (value: string) => string): Change =>
  (text) =>
    text.replace(
      new RegExp(`^(${name}\\s*:[ \\t]*)(.*)$`, 'im'),
      (_, head: string, value: string) => head + change(value),
    )
const status = (from: string, to: string) =>
  responses((text) => text.replace(/^SIP\/2\.0 \d+ .*?\r/, `SIP/2.0 ${to}\r`), from)
const added =
  (line: string): Change =>
  (text) =>
    text.replace('\r\n', `\r\n${line}\r\n`)
const body =
  (change: (body: string) => string): Change =>
  (text) => {
    const end = text.indexOf('\r\n\r\n') + 4
    return end < 4 ? text : text.slice(0, end) + change(text.slice(end))
  }

const request = (id: string, about: string, change: Change, method?: string): Fault => ({
  id,
  about,
  out: requests(change, method),
})
const response = (id: string, about: string, change: Change, which?: string): Fault => ({
  id,
  about,
  out: responses(change, which),
})
const answer = (from: string, to: string): Fault => ({
  id: `status-${from}-as-${to.slice(0, 3)}`,
  about: `${from} leaves as ${to}`,
  out: status(from, to),
})
const silent = (id: string, about: string, is: (text: Bytes) => boolean): Fault => ({
  id,
  about,
  out: lost(is),
})
const deaf = (id: string, about: string, is: (text: Bytes) => boolean): Fault => ({ id, about, in: lost(is) })
const heard = (id: string, about: string, change: Change): Fault => ({ id, about, in: change })

export const FAULTS: readonly Fault[] = [
  // ---- forwarding requests ----
  request(
    'max-forwards-kept',
    'Max-Forwards does not fall',
    header('Max-Forwards', (value) => String(Number(value) + 1)),
  ),
  request(
    'max-forwards-twice',
    'Max-Forwards falls by two',
    header('Max-Forwards', (value) => String(Number(value) - 1)),
  ),
  request('max-forwards-lost', 'no Max-Forwards', without('Max-Forwards')),
  request('via-missing', 'no Via of its own', (text) =>
    isRelayed(text) ? text.replace(/^Via:.*\r\n/im, '') : text,
  ),
  request('via-last', 'its Via stands below', (text) => text.replace(/^(Via:.*\r\n)(Via:.*\r\n)/im, '$2$1')),
  request(
    'branch-without-cookie',
    'branch without the cookie',
    header('Via', (value) => value.replace('z9hG4bK', 'x')),
  ),
  request(
    'branch-constant',
    'the same branch for everything',
    header('Via', (value) => value.replace(/branch=[^;]*/, 'branch=z9hG4bKsame')),
  ),
  {
    id: 'branch-anew',
    about: 'a new branch for each copy',
    out: (text, memory) => {
      const count = Number(memory.get('count') ?? '0') + 1
      memory.set('count', String(count))
      return requests(header('Via', (value) => value.replace(/branch=z9hG4bK/, `branch=z9hG4bK${count}x`)))(
        text,
      )
    },
  },
  request(
    'via-wrong-host',
    'its Via names another host',
    header('Via', (value) => value.replace(/(UDP|TCP) [^;]+/, '$1 192.0.2.77')),
  ),
  request(
    'via-wrong-transport',
    'its Via names another transport',
    header('Via', (value) => value.replace('/UDP', '/TCP')),
  ),
  request('uri-lower-case', 'the Request-URI in lower case', (text) =>
    text.replace(/^(\S+ )(\S+)/, (_, head: string, uri: string) => head + uri.toLowerCase()),
  ),
  request('uri-params-lost', 'URI parameters cut', (text) => text.replace(/^(\S+ [^ ;]+);\S*/, '$1')),
  request('uri-host', 'another host in the Request-URI', (text) =>
    text.replace(/^(\S+ sip:[^@ ]*@)[^ ;]*/, '$1192.0.2.88'),
  ),
  request('record-route-lost', 'no Record-Route', without('Record-Route')),
  request('record-route-no-lr', 'Record-Route without lr', (text) =>
    text.replace(/^(Record-Route:.*);lr(?:=on)?/gim, '$1'),
  ),
  request(
    'record-route-elsewhere',
    'Record-Route of another host',
    header('Record-Route', (value) => value.replace(/sip:[^;>]+/, 'sip:192.0.2.66')),
  ),
  request('route-kept', 'its own Route stays', added('Route: <sip:10.0.0.9;lr>')),
  request('route-lost', 'the Route set is cut', without('Route')),
  request(
    'from-tag-lost',
    'From without tag',
    header('From', (value) => value.replace(/;tag=[^;]*/, '')),
  ),
  request(
    'to-tag-added',
    'a tag in the forwarded To',
    header('To', (value) => (value.includes('tag=') ? value : `${value};tag=mine`)),
  ),
  request(
    'call-id-changed',
    'another Call-ID',
    header('Call-ID', (value) => `${value}x`),
  ),
  request(
    'cseq-raised',
    'CSeq raised',
    header('CSeq', (value) => value.replace(/^\d+/, (number) => String(Number(number) + 1))),
  ),
  request('contact-lost', 'no Contact', without('Contact')),
  request(
    'contact-own',
    'its own Contact',
    header('Contact', () => '<sip:proxy@10.0.0.9>'),
  ),
  request(
    'body-lost',
    'the body is cut',
    body(() => ''),
  ),
  request(
    'body-shorter',
    'one octet of the body is lost',
    body((text) => text.slice(1)),
  ),
  request(
    'body-seven-bit',
    'octets above 127 are lost',
    body((text) => text.replace(/[\x80-\xff]/g, '?')),
  ),
  request(
    'length-wrong',
    'a wrong Content-Length',
    header('Content-Length', (value) => String(Number(value) + 3)),
  ),
  request('unknown-lost', 'unknown headers are cut', without('X-[A-Za-z-]+')),
  request('subject-lost', 'Subject is cut', without('Subject')),
  request('supported-lost', 'Supported is cut', without('Supported')),
  request('authorization-lost', 'Proxy-Authorization is cut', without('Proxy-Authorization')),
  request('headers-reversed', 'headers of one name change their order', (text) =>
    text.replace(/^(Route:.*\r\n)(Route:.*\r\n)/im, '$2$1'),
  ),
  request('method-invite', 'unknown methods become INFO', (text) =>
    text.replace(/^(?!INVITE|ACK|BYE|CANCEL|OPTIONS|REGISTER)[A-Z]+ /, 'INFO '),
  ),
  // ---- what is not sent ----
  silent('no-100', 'no 100', (text) => isStatus(text, '100')),
  silent('no-180', '180 is not relayed', (text) => isStatus(text, '180')),
  silent('no-183', '183 is not relayed', (text) => isStatus(text, '183')),
  silent(
    'no-200-invite',
    '200 to INVITE is lost',
    (text) => isStatus(text, '200') && ofMethod(text, 'INVITE'),
  ),
  silent('no-200-bye', '200 to BYE is lost', (text) => isStatus(text, '200') && ofMethod(text, 'BYE')),
  silent(
    'no-200-cancel',
    '200 to CANCEL is lost',
    (text) => isStatus(text, '200') && ofMethod(text, 'CANCEL'),
  ),
  silent(
    'no-200-register',
    '200 to REGISTER is lost',
    (text) => isStatus(text, '200') && ofMethod(text, 'REGISTER'),
  ),
  silent('no-cancel', 'CANCEL is not sent on', (text) => isRequest(text, 'CANCEL')),
  silent('no-ack-failure', 'a failure gets no ACK', (text) => isRequest(text, 'ACK') && !isRelayed(text)),
  silent(
    'no-ack-success',
    'the ACK of a success is lost',
    (text) => isRequest(text, 'ACK') && isRelayed(text),
  ),
  silent('no-487', '487 is lost', (text) => isStatus(text, '487')),
  silent('no-408', '408 is lost', (text) => isStatus(text, '408')),
  silent('no-challenge', 'challenges are lost', (text) => isStatus(text, '40[17]')),
  ...(['request', 'response'] as const).map((sort): Fault => ({
    id: `no-repeated-${sort}`,
    about: `a ${sort} is never repeated`,
    out: (text, memory) => {
      if (isRequest(text) !== (sort === 'request') || !memory.has(text)) return (memory.set(text, ''), text)
      return undefined
    },
  })),
  {
    id: 'one-branch',
    about: 'only the first branch of a fork is sent',
    out: (text, memory) => {
      const call = /^Call-ID: (.*)\r/im.exec(text)?.[1] ?? ''
      const branch = /branch=([^;\r]*)/.exec(text)?.[1] ?? ''
      if (!isRequest(text, 'INVITE')) return text
      if (!memory.has(call)) memory.set(call, branch)
      return memory.get(call) === branch ? text : undefined
    },
  },
  // ---- responses ----
  answer('486', '500 Server Internal Error'),
  answer('486', '603 Decline'),
  answer('404', '480 Temporarily Unavailable'),
  answer('408', '504 Server Time-out'),
  answer('487', '486 Busy Here'),
  answer('500', '503 Service Unavailable'),
  answer('483', '482 Loop Detected'),
  answer('420', '400 Bad Request'),
  answer('401', '403 Forbidden'),
  answer('407', '401 Unauthorized'),
  answer('302', '404 Not Found'),
  answer('603', '486 Busy Here'),
  answer('181', '180 Ringing'),
  answer('403', '200 OK'),
  response(
    'to-tag-lost',
    'responses without To tag',
    header('To', (value) => value.replace(/;tag=[^;]*/, '')),
  ),
  {
    id: 'to-tag-anew',
    about: 'each response has another To tag',
    out: (text, memory) => {
      memory.set('count', `${memory.get('count') ?? ''}1`)
      return responses(header('To', (value) => value.replace(/;tag=[^;]*/, `$&${memory.get('count')}`)))(text)
    },
  },
  response(
    'reply-via-kept',
    'its Via stays in responses',
    added('Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKkept'),
  ),
  response('reply-via-lost', 'responses lose a Via', (text) => text.replace(/^Via:.*\r\n/im, '')),
  response(
    'received-lost',
    'no received',
    header('Via', (value) => value.replace(/;received=[^;]*/, '')),
  ),
  response(
    'rport-empty',
    'rport is not filled in',
    header('Via', (value) => value.replace(/;rport=\d+/, ';rport')),
  ),
  response('reply-record-route-lost', 'responses without Record-Route', without('Record-Route')),
  response('reply-contact-lost', 'responses without Contact', without('Contact')),
  response(
    'reply-cseq',
    'another CSeq in responses',
    header('CSeq', (value) => value.replace(/^\d+/, '77')),
  ),
  response(
    'reply-call-id',
    'another Call-ID in responses',
    header('Call-ID', (value) => `${value}y`),
  ),
  response(
    'reply-body-lost',
    'responses lose their body',
    body(() => ''),
  ),
  response(
    'challenge-lost',
    '401 and 407 without a challenge',
    (text) => without('WWW-Authenticate')(without('Proxy-Authenticate')(text)),
    '40[17]',
  ),
  response('nonce-constant', 'always the same nonce', (text) =>
    text.replace(/nonce="[^"]*"/, 'nonce="constant"'),
  ),
  response('realm-lost', 'a challenge without realm', (text) => text.replace(/realm="[^"]*",? ?/, '')),
  response('expires-lost', 'bindings without expires', (text) => text.replace(/;expires=\d+/gi, ''), '200'),
  response(
    'expires-wrong',
    'bindings expire later',
    (text) => text.replace(/;expires=\d+/gi, ';expires=99999'),
    '200',
  ),
  response('min-expires-lost', '423 without Min-Expires', without('Min-Expires')),
  response('unsupported-lost', '420 without Unsupported', without('Unsupported')),
  response('allow-lost', 'no Allow', without('Allow')),
  response('retry-after-lost', 'no Retry-After', without('Retry-After')),
  response('timestamp-lost', 'no Timestamp', without('Timestamp')),
  {
    id: 'reply-port',
    about: 'responses go to the next port',
    port: (port, text) => (isStatus(text, '\\d+') ? port + 1 : port),
  },
  {
    id: 'late-final',
    about: 'final responses come three seconds late',
    delayMs: (text) => (isStatus(text, '[2-6]\\d\\d') ? 3000 : 0),
  },
  {
    id: 'late-request',
    about: 'requests leave two seconds late',
    delayMs: (text) => (isRequest(text) ? 2000 : 0),
  },
  {
    id: 'cancel-new-branch',
    about: 'CANCEL has a branch of its own',
    out: requests(
      header('Via', (value) => value.replace('z9hG4bK', 'z9hG4bKc')),
      'CANCEL',
    ),
  },
  {
    id: 'ack-new-branch',
    about: 'ACK of a failure has a branch of its own',
    out: (text) =>
      isRequest(text, 'ACK') && !isRelayed(text)
        ? header('Via', (value) => value.replace('z9hG4bK', 'z9hG4bKc'))(text)
        : text,
  },
  {
    id: 'ack-no-tag',
    about: 'ACK of a failure has no To tag',
    out: (text) =>
      isRequest(text, 'ACK') && !isRelayed(text)
        ? header('To', (value) => value.replace(/;tag=[^;]*/, ''))(text)
        : text,
  },
  {
    id: 'challenge-twice',
    about: 'a response leaves twice, the second with another reason',
    out: (text) =>
      isStatus(text, '[2-6]\\d\\d') ? [text, text.replace(/^(SIP\/2\.0 \d+) .*?\r/, '$1 Again\r')] : text,
  },
  // ---- what is not heard ----
  deaf('deaf-fold', 'folded headers are not understood', (text) => /\r\n[ \t]/.test(text)),
  deaf('deaf-compact', 'compact names are not understood', (text) => /^[a-z] ?:/im.test(text)),
  deaf('deaf-case', 'names in another case are not understood', (text) =>
    /^(?:VIA|via|vIA|TO|FROM|cALL)/m.test(text),
  ),
  deaf(
    'deaf-method',
    'unknown methods are dropped',
    (text) => isRequest(text) && !/^(?:INVITE|ACK|BYE|CANCEL|OPTIONS|REGISTER) /.test(text),
  ),
  deaf('deaf-crlf', 'a leading line end makes it deaf', (text) => text.startsWith('\r\n')),
  deaf('deaf-large', 'messages of more than 1500 octets are dropped', (text) => text.length > 1500),
  deaf('deaf-ack', 'ACK is dropped', (text) => isRequest(text, 'ACK')),
  deaf('deaf-cancel', 'CANCEL is dropped', (text) => isRequest(text, 'CANCEL')),
  deaf('deaf-provisional', 'provisional responses are dropped', (text) => isStatus(text, '1\\d\\d')),
  heard('no-credentials', 'credentials are not seen', (text) =>
    without('Authorization')(without('Proxy-Authorization')(text)),
  ),
  heard('no-route-heard', 'Route is not seen', without('Route')),
  heard('no-require-heard', 'Require is not seen', (text) =>
    without('Require')(without('Proxy-Require')(text)),
  ),
  heard('no-expires-heard', 'Expires is not seen', (text) =>
    without('Expires')(text).replace(/;expires=\d+/gi, ''),
  ),
  heard('no-q-heard', 'q is not seen', (text) => text.replace(/;q=[\d.]+/gi, '')),
  heard('no-rport-heard', 'rport is not seen', (text) => text.replace(/;rport\b/gi, '')),
]
