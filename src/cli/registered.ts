// Bindings put into usrloc before a message is explained: "sip:bob@example.com=sip:bob@10.0.0.9:5062".

import { Malformed, UsageError } from '../errors.js'
import { registrar } from '../modules/registrar.js'
import { usrloc } from '../modules/usrloc.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleRecord } from '../proxy/module.js'
import { parseUri, unescape } from '../sip/uri.js'

const EXPIRES_MS = 3_600_000
const TABLE_DEFAULT = 'location'

/** Registers AOR=CONTACT in every table that the script names. Throws a UsageError. */
export function register(engine: Engine, binding: string): void {
  if (!engine.has(registrar as ModuleRecord<never>))
    throw new UsageError(`--registered ${binding}: the script does not load the module registrar.`)
  const at = binding.indexOf('=sip')
  const uri = parseUri(at < 0 ? binding : binding.slice(0, at))
  const contact = binding.slice(at + 1)
  if (at < 0 || uri instanceof Malformed || parseUri(contact) instanceof Malformed)
    throw new UsageError(
      `--registered ${binding}: give address and contact, as in sip:bob@example.com=sip:bob@10.0.0.9.`,
    )
  const params = engine.program.params.get('registrar') ?? {}
  const user = unescape(uri.user ?? '')
  const cased = params.case_sensitive === 1 ? user : user.toLowerCase()
  const aor = params.use_domain === 1 ? `${cased}@${uri.host.toLowerCase()}` : cased
  const fresh = { expiresAt: engine.now + EXPIRES_MS, q: undefined, callId: 'explain', cseq: 1, flags: 0 }
  for (const table of tablesOf(engine))
    engine
      .use(usrloc)
      .table(table)
      .insert(aor, { uri: contact, ...fresh, userAgent: '' })
}

/** The tables that the script saves to or looks up in. */
function tablesOf({ program }: Engine): Set<string> {
  const calls = program.script.text.matchAll(
    /\b(?:save|save_noreply|lookup|registered)\s*\(\s*["'](\w+)["']/g,
  )
  const tables = new Set([...calls].map((call) => call[1]!))
  return tables.size > 0 ? tables : tables.add(TABLE_DEFAULT)
}
