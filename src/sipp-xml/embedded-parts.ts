// Parts that the embedded scenarios have in common.

/** A session description that offers one sound. */
const SESSION = `v=0
o=sipwright 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000`

export const WITH_SESSION = `Content-Type: application/sdp
Content-Length: [len]

${SESSION}`

export const NO_BODY = 'Content-Length: 0'

const VIA = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]'
const LOCAL_CONTACT = 'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>'
export const SERVER_CONTACT = 'Contact: <sip:[local_ip]:[local_port];transport=[transport]>'

/** A request to the far end; `tag` is the middle of the From tag, `to` what follows the To URI. */
export function request(method: string, cseq: number, tag: string, to: string, end: string): string {
  return `${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
${VIA}
From: sipp <sip:sipp@[local_ip]:[local_port]>;tag=[pid]${tag}[call_number]
To: [service] <sip:[service]@[remote_ip]:[remote_port]>${to}
Call-ID: [call_id]
CSeq: ${cseq} ${method}
${LOCAL_CONTACT}
Max-Forwards: 70
${end}`
}

/** A response to the last request; `tag` makes a To tag of it. */
export function response(status: string, tag: string, end: string, contact = SERVER_CONTACT): string {
  const to = tag === '' ? '[last_To:]' : `[last_To:];tag=[pid]${tag}[call_number]`
  return `SIP/2.0 ${status}
[last_Via:]
[last_From:]
${to}
[last_Call-ID:]
[last_CSeq:]
${contact}
${end}`
}

export function send(text: string, attributes = ''): string {
  return `<send${attributes}><![CDATA[\n${text}\n]]></send>`
}

/** 100, 180 and 183 may come before what is waited for. */
export const PROVISIONAL = ['100', '180', '183']
  .map((code) => `<recv response="${code}" optional="true"/>`)
  .join('\n  ')

export function scenario(name: string, parts: readonly string[]): string {
  const body = parts.map((part) => `  ${part}\n`).join('')
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="${name}">\n${body}${REPARTITIONS}</scenario>\n`
}

const REPARTITIONS = `  <ResponseTimeRepartition value="10, 20, 30, 40, 50, 100, 150, 200"/>
  <CallLengthRepartition value="10, 50, 100, 500, 1000, 5000, 10000"/>
`
