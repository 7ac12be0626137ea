// One proxy of a scenario: its script, addresses and domains, and the engine that runs them once the bench is built.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Driver, Listen } from '../driver.js'
import type { Transport } from '../endpoint.js'
import { UsageError } from '../errors.js'
import { readTextFile } from '../host/text-file.js'
import { loadScript, MODULES, type ParameterSetting } from '../modules/index.js'
import { isPending } from '../modules/tm/cell.js'
import { tm } from '../modules/tm/index.js'
import { usrloc } from '../modules/usrloc.js'
import { Engine } from '../proxy/engine.js'
import type { Random } from '../random.js'
import type { ScriptShape } from '../report/coverage.js'
import { NotApplicable, type LabOptions } from './lab.js'
import type { RunningSystem } from './systems/program.js'
import type { System } from './systems/system.js'
import type { HostDriver } from '../host/driver.js'

const SIGNATURE = 'Sipwright'
/** What a proxy asks at its start and end is answered until then. */
const QUESTIONS_MS_MAX = 10_000

/** When a scenario does not say what the proxy does: the usual registrar and proxy. */
const DEFAULT_SCRIPT = `route {
  if (!mf_process_maxfwd_header("70")) { sl_send_reply("483", "Too Many Hops"); break; };
  if (method == "REGISTER") { save("location"); break; };
  record_route();
  if (loose_route()) { t_relay(); break; };
  if (uri == myself) {
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); break; };
  };
  if (!t_relay()) { sl_reply_error(); };
}
`

interface Script {
  readonly text: string
  readonly file: string
}

/** What other systems run when a scenario does not say it. */
const DEFAULT_SCRIPTS = fileURLToPath(new URL('../../../features/conformance/servers', import.meta.url))

function scriptIn(file: string): Script {
  return { text: readFileSync(file, 'latin1'), file }
}

export class ProxyBench {
  listens: Listen[] = []
  readonly domains: string[] = []
  readonly params: ParameterSetting[] = []
  readonly shapes: ScriptShape[] = []
  #script: Script = { text: DEFAULT_SCRIPT, file: 'the default script' }
  /** Scripts in other languages, for other systems. */
  readonly #scripts = new Map<string, Script>()
  #engine: Engine | undefined
  #stranger: RunningSystem | undefined
  #driver: Driver | undefined

  constructor(
    readonly name: string,
    address: string,
    private readonly options: LabOptions,
    private readonly random: Random,
  ) {
    this.listenAt(`udp:${address}, tcp:${address}`)
  }

  /** In the language of the engine, or of another system ("kamailio"), for which it is kept. */
  runScript(text: string, language = 'ser'): void {
    const script = { text, file: this.options.scriptName(text) }
    if (language === 'ser') this.#run(script)
    else this.#scripts.set(language, script)
  }

  /** A script file, looked for beside the feature and in the working directory; NAME.kamailio.cfg beside it is Kamailio's. */
  runFile(path: string): void {
    this.#run(this.#fileNamed(path))
  }

  /** A script file for another system, besides the engine's. */
  keepFile(path: string, language: string): void {
    this.#scripts.set(language, this.#fileNamed(path))
  }

  #fileNamed(path: string): Script {
    const { folders } = this.options
    const found = folders.map((folder) => join(folder, path)).find((candidate) => existsSync(candidate))
    if (found !== undefined) return scriptIn(found)
    throw new UsageError(`script ${path} is not there. Looked in: ${folders.join(', ')}`)
  }

  /** What was said in other languages before belongs to another script. */
  #run(script: Script): void {
    this.#script = script
    this.#scripts.clear()
  }

  /** What a system runs that reads this language. Throws a NotApplicable when nobody wrote it. */
  #scriptFor(language: string): Script {
    const { text, file } = this.#script
    const known = language === 'ser' ? this.#script : this.#scripts.get(language)
    if (known !== undefined) return known
    if (text === DEFAULT_SCRIPT) return scriptIn(join(DEFAULT_SCRIPTS, language, 'proxy.cfg'))
    const own = file.replace(/(\.\w+)?$/, `.${language}.cfg`)
    if (existsSync(own)) return scriptIn(own)
    throw new NotApplicable(
      `this script has no twin for ${language} (${existsSync(file) ? own : `a doc string of the type ${language}`})`,
    )
  }

  /** "udp:10.0.0.1:5060, tcp:10.0.0.1" */
  listenAt(text: string): void {
    this.listens = text.split(',').map((entry) => {
      const match = /^(?:(udp|tcp|tls|wss?):)?\[?([0-9a-fA-F.:]+?)\]?(?::(\d+))?$/.exec(entry.trim())
      if (match === null)
        throw new UsageError(`"${entry.trim()}" is no listening address: write udp:10.0.0.1:5060`)
      return {
        transport: (match[1] ?? 'udp') as Transport,
        address: match[2]!,
        port: Number(match[3] ?? 5060),
      }
    })
  }

  /** Where phones reach it over a transport. */
  placeFor(transport: Transport) {
    const listen = this.listens.find((one) => one.transport === transport) ?? this.listens[0]!
    return { address: listen.address, port: listen.port, transport: listen.transport }
  }

  async start(driver: Driver): Promise<void> {
    if (this.#engine !== undefined || this.#stranger !== undefined) return
    this.#driver = driver
    const { system } = this.options
    if (system !== undefined) return this.#startStranger(system)
    const engine = (this.#engine = this.#build(driver.now))
    await driver.attach(this.name, engine, this.listens)
    await driver.runUntil(() => !engine.isStarting, QUESTIONS_MS_MAX)
    if (engine.isStarting || engine.hasFailed)
      throw new UsageError(`${this.name} did not start: a table could not be read (the log says why)`)
  }

  async #startStranger(system: System): Promise<void> {
    const { name, listens, domains, params } = this
    if (params.length > 0) throw new NotApplicable('module parameters are given to the engine only')
    const { dialect: language, places } = system
    const config = language === undefined ? '' : places(this.#scriptFor(language).text)
    this.#stranger = await system.start({ name, listens, domains, config })
    for (const listen of listens) (this.#driver as HostDriver).introduce(name, listen)
  }

  /** How another system in its place ended by itself; undefined while all is well. */
  get died(): string | undefined {
    return this.#stranger?.died
  }

  /** Ends another system in its place. */
  async close(): Promise<void> {
    const stranger = this.#stranger
    this.#stranger = undefined
    await stranger?.stop()
  }

  /** Ends it in order and starts it again with the same script: what was in memory only is gone. */
  async restart(): Promise<void> {
    if (this.options.system !== undefined) return this.crash()
    const { engine } = this
    this.#driver?.give(this.name, { type: 'command', command: { verb: 'stop' } })
    await this.#driver?.runUntil(() => engine.openQuestions === 0, QUESTIONS_MS_MAX)
    await this.crash()
  }

  /** Starts it anew without a warning. */
  async crash(): Promise<void> {
    const driver = this.#driver
    if (driver === undefined) return
    if (this.#engine !== undefined) await driver.detach(this.name)
    this.#engine = undefined
    await this.close()
    await this.start(driver)
  }

  #build(now: number): Engine {
    const { file } = this.#script
    const text = this.options.places?.(this.#script.text) ?? this.#script.text
    const program = loadScript(text, file, { preload: true, params: this.params })
    const { lines, arms, routes } = program
    this.shapes.push({ file, text, lines: [...lines], arms: [...arms], routes: [...routes] })
    return new Engine({
      program,
      modules: MODULES,
      profile: this.options.profile,
      sockets: this.listens,
      random: this.random.fork(),
      identity: {
        signature: SIGNATURE,
        pid: 1,
        aliases: this.domains.map((host) => ({ host, port: undefined })),
      },
      trace: true,
      readFile: readTextFile,
      now,
      epochMs: Date.UTC(2026, 0, 1),
    })
  }

  get engine(): Engine {
    if (this.options.system !== undefined)
      throw new NotApplicable('only the engine shows what is inside of it')
    if (this.#engine === undefined) throw new UsageError(`the proxy ${this.name} has not been started`)
    return this.#engine
  }

  /** Does the script register anybody? */
  get registers(): boolean {
    const { system } = this.options
    if (system !== undefined && system.dialect === undefined) return true
    return /\bsave(_noreply)?\s*\(/.test(this.#script.text)
  }

  /** Transactions that are not finished and forgotten. */
  get transactions(): number {
    return this.#engine?.has(tm as never) === true ? this.#engine.use(tm).store.count : 0
  }

  /** Branches that wait for a final response. */
  get pendingBranches(): number {
    const { engine } = this
    if (!engine.has(tm as never)) return 0
    let waiting = 0
    for (const { branches } of engine.use(tm).store.all()) waiting += branches.filter(isPending).length
    return waiting
  }

  /** The usable bindings of an AOR's user, in order. */
  bindings(
    uri: string,
  ): readonly { readonly uri: string; readonly q: number | undefined; readonly expiresAt: number }[] {
    const { engine } = this
    if (!engine.has(usrloc as never)) return []
    const user = /^sips?:([^@;]+)@/i.exec(uri)?.[1]?.toLowerCase() ?? uri.toLowerCase()
    const aors = [user, uri.replace(/^sips?:/i, '').toLowerCase()]
    for (const table of engine.use(usrloc).tables)
      for (const aor of aors) {
        const usable = table.usable(aor, this.#driver?.now ?? engine.now)
        if (usable.length > 0) return usable
      }
    return []
  }
}
