// The keywords without parameters, as SIPp spells them, each with what it becomes. Those with parameters ([fieldN],
// [file], [fill], [authentication], [$variable], [last_Header:]) are read in template.ts.

export const KEYWORD_NAMES: Readonly<Record<string, string>> = {
  remote_ip: 'address of the far end, IPv6 in brackets',
  remote_host: 'the far end as it was written on the command line',
  remote_port: 'port of the far end',
  transport: 'UDP, TCP, TLS',
  local_ip: 'own address, IPv6 in brackets',
  local_ip_type: '4 or 6',
  local_port: 'own port',
  server_ip: 'own address of the socket',
  media_ip: 'own address for media',
  media_ip_type: '4 or 6',
  media_port: 'own port for media',
  auto_media_port: 'media port that moves by 4 for every call',
  rtpstream_audio_port: 'own port for streamed sound',
  rtpstream_video_port: 'own port for streamed video',
  call_number: 'number of the call, from 1',
  dynamic_id: 'counts up at every use',
  call_id: 'Call-ID of the call',
  cseq: 'counts the requests sent, raised by received ones',
  pid: 'number of the process; in virtual time a made-up one',
  service: 'who is called (-s)',
  branch: 'z9hG4bK-pid-call-message',
  msg_index: 'index of the message',
  next_url: 'target of the dialog, kept by rrs',
  len: 'length of the body',
  peer_tag_param: ';tag= and the tag of the peer',
  last_Request_URI: 'URI in the To of the last message',
  last_cseq_number: 'number in the CSeq of the last message',
  last_message: 'the last message',
  routes: 'Route header of the dialog, kept by rrs',
  tdmmap: 'a circuit of -tdmmap',
  clock_tick: 'milliseconds since the start',
  users: 'number of users (-users)',
  userid: 'number of the user of this call',
  timestamp: 'date and time',
  date: 'date as in the Date header',
  sipp_version: 'version of the SIPp that this plays like',
}

/** SRTP's family: read, and written into SDP; no media is encrypted. */
export const SRTP_KEYWORD =
  /^(?:cryptotag[12]|cryptokeyparams[12]|cryptosuite(?:aescm128|null)sha1(?:80|32)[12]|ueaescm128sha1(?:80|32)[12])(?:audio|video)$/

/** The SIPp release whose behaviour this plays. */
export const SIPP_VERSION = '3.6.1'
