// SIPp in containers, through dockerode: an image found or built, labelled containers and networks with limits and no
// capabilities, on the host's network or on a bridge of their own with fixed addresses.

import { existsSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import Docker from 'dockerode'
import { UsageError } from '../errors.js'
import { FINISH_SIGNAL, type Backend, type End, type RunningSipp, type StartOptions } from './backend.js'
import { holderOf } from './bound.js'
import { isAlive, startOf, sweepLocal } from './run-folder.js'
import { atTearDown } from './tear-down.js'

export interface DockerOptions {
  /** An image with `sipp` as its entry point. Built from `buildFolder` when it is not there. */
  readonly image?: string
  /** A folder with a Dockerfile; default: docker/sipp of this package. */
  readonly buildFolder?: string
  /** "host", or the name of a network made by `bridge`. */
  readonly network?: string
  /** Fixed address on that network. */
  readonly address?: string
  /** Media actions of scenarios need raw sockets. */
  readonly rawSockets?: boolean
  readonly memoryBytes?: number
  /** Told of the steps of a build. */
  readonly onBuild?: (text: string) => void
}

export const LABEL = 'org.sipwright.owner'
export const IMAGE = 'sipwright/sipp'
const MEMORY_BYTES = 256 * 1024 * 1024
const NANO_CPUS = 1e9
const PROCESSES_MAX = 64
const STOP_S_MAX = 2

/** A back-end of containers. Its daemon is the one that DOCKER_HOST or the usual socket says. */
export function docker(options: DockerOptions = {}): Backend {
  const engine = new Docker()
  return {
    name: 'docker',
    start: (start) => startContainer(engine, options, start),
    sweep: async () => (await sweepContainers(engine)) + sweepLocal(),
  }
}

/** This process, by number and time of birth, so that a sweep can tell whose a container is. */
export function owner(): Record<string, string> {
  return { [LABEL]: [process.pid, startOf(process.pid) ?? '', house()].join(':') }
}

/** Where process numbers mean something: others may share the Docker engine from machines or containers of their own. */
function house(): string {
  return `${hostname()}/${existsSync(PROCESS_NUMBERS) ? readlinkSync(PROCESS_NUMBERS) : ''}`
}

const PROCESS_NUMBERS = '/proc/self/ns/pid'

/** Is this image there? */
export async function hasImage(image = IMAGE): Promise<boolean> {
  return new Docker()
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    )
}

/** Is a Docker engine reachable? Its version, or the reason why not. */
export async function dockerVersion(): Promise<{ version: string } | { reason: string }> {
  try {
    return { version: (await new Docker().version()).Version }
  } catch (error) {
    return { reason: (error as Error).message }
  }
}

/** The image, built when it is not there. Throws a UsageError when the engine is not there or the build fails. */
export async function ensureImage(
  engine: Docker,
  { image = IMAGE, buildFolder, onBuild }: DockerOptions,
): Promise<string> {
  try {
    await engine.getImage(image).inspect()
    return image
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404)
      throw new UsageError(
        `Docker does not answer: ${(error as Error).message}. Start its daemon, or use the local back-end.`,
      )
  }
  const context = buildFolder ?? 'docker/sipp'
  if (!existsSync(join(context, 'Dockerfile')))
    throw new UsageError(
      `there is no image ${image}, and no ${join(context, 'Dockerfile')} to build it from.`,
    )
  const stream = await engine.buildImage({ context, src: ['Dockerfile'] }, { t: image, networkmode: 'host' })
  await new Promise<void>((resolve, reject) => {
    engine.modem.followProgress(
      stream,
      (error, output: { error?: string }[] | null) => {
        const failed = error?.message ?? output?.find((one) => one.error !== undefined)?.error
        if (failed === undefined) resolve()
        else
          reject(
            new UsageError(
              `the image ${image} could not be built from ${context}: ${failed}. Where no registry can be reached, docker/base-image.sh makes its base.`,
            ),
          )
      },
      (step: { stream?: string }) => step.stream !== undefined && onBuild?.(step.stream),
    )
  })
  return image
}

export interface Bridge {
  readonly name: string
  /** The host's address on it. */
  readonly gateway: string
  remove(): Promise<void>
}

/** A network of its own, closed to the outside: `subnet` as in "10.123.46.0/24"; `gateway` is the host's address on it. */
export async function bridge(
  name: string,
  subnet: string,
  gateway = subnet.replace(/\d+\/\d+$/, '1'),
): Promise<Bridge> {
  const ipam = { Config: [{ Subnet: subnet, Gateway: gateway }] }
  const underWay: { network?: Promise<Docker.Network> } = {}
  const remove = async (): Promise<void> => {
    await underWay.network?.then((network) => network.remove({ force: true })).catch(() => undefined)
  }
  const forget = atTearDown(remove, 'networks')
  underWay.network = new Docker().createNetwork({
    Name: name,
    Driver: 'bridge',
    Internal: true,
    IPAM: ipam,
    Labels: owner(),
  })
  await underWay.network.catch((error: Error) => {
    forget()
    throw new UsageError(
      `the network ${subnet} cannot be made: ${error.message}. Give the proxy and the phones addresses of another one.`,
    )
  })
  return { name, gateway, remove: () => remove().finally(forget) }
}

async function startContainer(
  engine: Docker,
  options: DockerOptions,
  { args, folder, port, heard }: StartOptions,
): Promise<RunningSipp> {
  const { network = 'host', address, rawSockets = false, memoryBytes = MEMORY_BYTES } = options
  const image = await ensureImage(engine, options)
  const container = await engine.createContainer({
    Image: image,
    Cmd: [...args],
    Env: ['TERM=dumb'],
    WorkingDir: '/work',
    Labels: owner(),
    HostConfig: {
      NetworkMode: network,
      Binds: [`${folder.path}:/work:rw`],
      Memory: memoryBytes,
      NanoCpus: NANO_CPUS,
      PidsLimit: PROCESSES_MAX,
      CapDrop: ['ALL'],
      ...(rawSockets && { CapAdd: ['NET_RAW'] }),
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': '' },
    },
    ...(network !== 'host' &&
      address !== undefined && {
        NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } },
      }),
  })
  const remove = () => container.remove({ force: true, v: true }).catch(() => undefined)
  const { waiting, State } = await startMade(engine, container, heard).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  const ended = waiting.then(async ({ StatusCode }): Promise<End> => {
    await remove()
    return { exitCode: StatusCode, signal: undefined }
  })
  return {
    address,
    ended,
    bound: () => (port === undefined ? 'own' : holderOf(port, State.Pid)),
    stop: async () => {
      await container.stop({ t: STOP_S_MAX }).catch(() => undefined)
      await ended
    },
    finish: async () => {
      await container.kill({ signal: FINISH_SIGNAL }).catch(() => undefined)
      await ended
    },
  }
}

async function startMade(engine: Docker, container: Docker.Container, heard: StartOptions['heard']) {
  const stream = await container.attach({ stream: true, stdout: true, stderr: true })
  engine.modem.demuxStream(stream, listener(heard, 'out'), listener(heard, 'err'))
  // Asked before it starts, so that a short run is not missed.
  const waiting = container.wait({ condition: 'next-exit' }) as Promise<{ StatusCode: number }>
  await container.start()
  const { State } = await container.inspect()
  return { waiting, State }
}

function listener(heard: StartOptions['heard'], stream: 'out' | 'err'): PassThrough {
  const pass = new PassThrough()
  pass.on('data', (chunk: Buffer) => heard(chunk.toString('latin1'), stream))
  return pass
}

/** Containers and networks whose owner is gone. */
async function sweepContainers(engine: Docker): Promise<number> {
  const filters = { label: [LABEL] }
  let count = 0
  for (const { Id, Labels } of await engine.listContainers({ all: true, filters })) {
    if (ownerLives(Labels)) continue
    await engine
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => undefined)
    count++
  }
  for (const { Id, Labels } of await engine.listNetworks({ filters })) {
    if (ownerLives(Labels ?? {})) continue
    await engine
      .getNetwork(Id)
      .remove()
      .catch(() => undefined)
    count++
  }
  return count
}

/** Also when it lives where we cannot see it. */
function ownerLives(labels: Readonly<Record<string, string>>): boolean {
  const [pid = '', start, ...elsewhere] = (labels[LABEL] ?? '').split(':')
  return elsewhere.join(':') !== house() || isAlive(Number(pid), start)
}
