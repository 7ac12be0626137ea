// Tables and columns under names of one's own: every parameter that names one is set, and what the module asks the database
// has that name. An administrator's tables are older than ours.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { challenged, credentials, register, rows } from './auth/login.js'
import { request, responseTo, RouteRun } from './route-run.js'

const MODULES = 'mysql sl tm usrloc registrar auth auth_db group uri uri_db domain permissions acc msilo'

/** uri and uri_db have the same functions: only one of them is loaded. */
function headFor(module: string): string {
  const twin = module === 'uri' ? 'uri_db' : 'uri'
  const loaded = MODULES.split(' ').filter((name) => name !== twin)
  const own = module === 'uri' ? 'uri' : 'uri_db'
  return `${loaded.map((name) => `loadmodule "${name}.so"\n`).join('')}modparam("auth_db|group|${own}", "use_domain", 1)\n${OTHERS}`
}

const OTHERS = `modparam("auth_db", "calculate_ha1", 1)
modparam("auth_db", "use_rpid", 1)
modparam("acc", "db_flag", 1)
modparam("acc", "db_missed_flag", 1)
modparam("acc|msilo|permissions|usrloc", "db_url", "mysql://ser@localhost/ser")
`

/** Module, then parameters that name tables and columns. */
const NAMES = `
usrloc user_column domain_column contact_column expires_column q_column callid_column
usrloc cseq_column flags_column user_agent_column received_column
usrloc replicate_column state_column
auth_db user_column domain_column password_column rpid_column
group table user_column domain_column group_column
uri subscriber_table subscriber_user_column subscriber_domain_column
uri uri_table uri_user_column uri_domain_column uri_uriuser_column
uri_db subscriber_table subscriber_user_column subscriber_domain_column
uri_db uri_table uri_user_column uri_domain_column uri_uriuser_column
domain domain_table domain_col
permissions trusted_table source_col proto_col from_col
acc db_table_acc db_table_missed_calls acc_from_uri_column acc_to_uri_column acc_sip_method_column
acc acc_i_uri_column acc_o_uri_column acc_sip_from_column acc_sip_to_column acc_sip_callid_column
acc acc_user_column acc_totag_column acc_fromtag_column acc_domain_column
acc acc_sip_status_column acc_time_column
msilo db_table sc_mid sc_from sc_to sc_ruri sc_body sc_ctype sc_exp_time sc_inc_time
`

/** Answers whatever is asked with these rows; returns all questions as text. */
function answerAll(run: RouteRun, row?: Record<string, string>): string {
  let asked = ''
  for (let left = 50; run.asked.length > 0 && left > 0; left--) {
    asked += JSON.stringify(run.asked[0])
    run.answer(rows(...(row === undefined ? [] : [row])))
  }
  return asked
}

/** What a script asks over one message and its responses. */
function askedBy(params: string, route: string, message: string, ...statuses: number[]): string {
  const run = new RouteRun(`${params}${route}`)
  run.receive(message)
  let asked = answerAll(run)
  const invite = run.sent.find(({ bytes }) => bytes.startsWith('INVITE '))
  for (const status of statuses) {
    run.receive(responseTo(invite, status), { from: { address: '10.0.0.2', port: 5060 } })
    asked += answerAll(run)
  }
  return asked
}

/** A user with a password, and what is asked once it is known. */
function askedOfUser(params: string, condition: string, password: string): string {
  const run = new RouteRun(
    `${params}route { if (!www_authorize("example.com", "subscriber")) { www_challenge("example.com", "0"); break; };
     if (${condition}) { sl_send_reply("200", "OK"); }; }`,
  )
  answerAll(run)
  const login = { username: 'alice', password: 'secret', realm: 'example.com', nonce: challenged(run) }
  run.receive(register([`Authorization: ${credentials(login)}`]))
  return answerAll(run, { [password]: 'secret' })
}

const INVITE = request('INVITE', 'sip:bob@10.0.0.2')
const MESSAGE = request('MESSAGE', 'sip:bob@example.com', {
  headers: ['Content-Type: text/plain'],
  body: 'x',
})
const route = (body: string): string => `route { ${body} }`

/** What each module asks when its functions are used. */
function questionsOf(module: string, own: string): string {
  const params = headFor(module) + own
  const password = module === 'auth_db' ? 'own_password_column' : 'password'
  const plain =
    module === 'auth_db' ? params : `${params}modparam("auth_db", "password_column", "password")\n`
  switch (module) {
    case 'usrloc':
      return askedBy(
        `${params}modparam("usrloc", "db_mode", 1)\nmodparam("usrloc", "use_domain", 1)\n`,
        route('save("location");'),
        register(['Contact: <sip:alice@10.0.0.1>;q=0.5']),
      )
    case 'auth_db':
      return askedOfUser(plain, 'consume_credentials()', password)
    case 'group':
      return askedBy(params, route('is_user_in("Request-URI", "ld");'), INVITE)
    case 'uri':
    case 'uri_db': {
      const table = `modparam("${module}", "use_uri_table", 1)\n`
      return (
        askedBy(params, route('does_uri_exist();'), INVITE) +
        askedBy(params + table, route('does_uri_exist();'), INVITE) +
        askedOfUser(plain + table, 'check_to()', password)
      )
    }
    case 'domain':
      return askedBy(params, route('is_uri_host_local();'), INVITE)
    case 'permissions':
      return askedBy(params, route('allow_trusted();'), INVITE)
    case 'acc':
      return (
        askedBy(params, route('setflag(1); t_relay();'), INVITE, 200) +
        askedBy(params, route('setflag(1); t_relay();'), INVITE, 486)
      )
    default:
      return (
        askedBy(params, route('m_store("0");'), MESSAGE) + askedBy(params, route('m_dump();'), register())
      )
  }
}

for (const module of new Set(
  NAMES.trim()
    .split('\n')
    .map((line) => line.split(' ')[0]!),
))
  test(`${module}: tables and columns have the names that parameters give them`, () => {
    const names = NAMES.split('\n').flatMap((line) => {
      const [own, ...params] = line.split(' ')
      return own === module ? params : []
    })
    const params = names.map((name) => `modparam("${module}", "${name}", "own_${name}")\n`).join('')
    const asked = questionsOf(module, params)
    const absent = names.filter((name) => !asked.includes(`"own_${name}"`))
    assert.deepEqual(absent, [], asked)
  })
