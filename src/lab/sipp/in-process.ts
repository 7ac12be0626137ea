// A phone of the bench plays a SIPp scenario in process: its place on the network is given to a player.

import type { Listen } from '../../driver.js'
import { Random } from '../../random.js'
import { defaultMedia, defaultOptions } from '../../sipp-xml/default-options.js'
import type { PlayerOptions } from '../../sipp-xml/options.js'
import { Player } from '../../sipp-xml/player.js'
import type { SippAgent, SippCounts } from './agent.js'
import { loadEmbedded, loadInjection, loadMedia, loadNamedFiles } from './files.js'
import { localOf, paceFor, remoteOf, scenarioOf, targetOf, transportOf, type Part } from './part.js'
import { commonOptions } from './settings.js'

/** The phone leaves the network, and a player takes its place. */
export async function playInProcess(part: Part): Promise<SippAgent> {
  const { lab, name } = part
  const options = optionsFor(part)
  const player = new Player(options)
  await lab.driver.detach(name)
  await lab.driver.attach(name, player, listensOf(player, options))
  return new PlayerAgent(part, player)
}

class PlayerAgent implements SippAgent {
  constructor(
    private readonly part: Part,
    private readonly player: Player,
  ) {}

  get role(): SippAgent['role'] {
    return this.player.scenario.role
  }

  get ended(): boolean {
    return this.player.ended
  }

  get counts(): SippCounts {
    const { calls: open, statistics } = this.player
    const {
      SuccessfulCall: succeeded,
      FailedCall: failed,
      Retransmissions: retransmissions,
    } = statistics.total
    return { created: statistics.created, open, succeeded, failed, retransmissions }
  }

  get failures(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.player.statistics.total)
        .filter(([key, count]) => /^Failed(?!Call$)/.test(key) && count > 0)
        .map(([key, count]) => [key.slice('Failed'.length), count]),
    )
  }

  get fatal(): string | undefined {
    return this.player.fatal
  }

  get exitCode(): number | undefined {
    return this.player.exitCode
  }

  get responseTimes(): SippAgent['responseTimes'] {
    return this.player.statistics.responseTimes
      .filter(({ total }) => total.count > 0)
      .map(({ total: { max, mean } }) => ({ longest: max, mean }))
  }

  get remarks(): string[] {
    const { lab, name } = this.part
    return lab.log.flatMap((entry) =>
      entry.kind === 'event' && entry.endpoint === name && entry.event.kind === 'log'
        ? [entry.event.text]
        : [],
    )
  }

  conclude(): Promise<void> {
    return Promise.resolve()
  }
}

function optionsFor(part: Part): PlayerOptions {
  const { lab, name, scenario, settings, folders } = part
  const local = localOf(part)
  const remote = remoteOf(part)
  const common = commonOptions(settings)
  const { recordings, sounds } = loadMedia(scenario, folders)
  const seed = lab.options.seed + [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)
  const names = settings.all('inf').map(([file = '']) => file)
  const twin = settings.text('3pcc')
  const outside = settings.text('oocsf') ?? settings.text('oocsn')
  return {
    ...defaultOptions({ name, scenario, local, random: new Random(seed) }),
    ...common,
    ...{ transport: transportOf(part), connectionPerCall: settings.text('t') === 'tn' },
    ...(remote !== undefined && {
      remote: { address: remote.address, port: remote.port, host: remote.address },
    }),
    ...(twin !== undefined && { twin: { address: targetOf(lab, twin) } }),
    ...(settings.has('aa') && { automatic: loadEmbedded('ooc_default') }),
    ...(outside !== undefined && { outOfCall: scenarioOf(lab, outside) }),
    service: settings.pairs('key').get('service') ?? common.service ?? 'service',
    injection: loadInjection(names, settings.pairs('infindex'), folders),
    files: loadNamedFiles(scenario, folders),
    media: {
      ...defaultMedia(local.address),
      sends: lab.options.real,
      recordings,
      sounds,
      echoes: settings.has('rtp_echo'),
    },
    pace: paceFor(part, common.pace!),
    trace: true,
  }
}

function listensOf(
  { twinAddress, scenario }: Player,
  { transport, locals, media, twin }: PlayerOptions,
): Listen[] {
  const listens: Listen[] = locals.map((local) => ({ transport, ...local }))
  if (twinAddress !== undefined) listens.push({ transport: 'tcp', ...twinAddress })
  // A connection to the other player leaves from an address that the network knows.
  else if (twin !== undefined && transport !== 'tcp') listens.push({ transport: 'tcp', ...locals[0]! })
  if (scenario.usesMedia && media.sends)
    for (const port of [media.port, media.port + 2])
      listens.push({ transport: 'udp', address: media.address, port })
  return listens
}
