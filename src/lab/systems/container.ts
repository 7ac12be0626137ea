// A server in a container, for a run: on the host's network, so that it has the addresses of the scenario; its folder is
// the one outside. Ended with the run, and by the next run's sweep when this one is killed.

import { resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import Docker from 'dockerode'
import { UsageError } from '../../errors.js'
import { docker, dockerVersion, hasImage, owner } from '../../sipp-wrapper/index.js'
import { LastWords, startProgram, type Started } from './program.js'

const MEMORY_BYTES = 512 * 1024 * 1024
const PROCESSES_MAX = 256
const STOP_S_MAX = 2

/** Starts a command line on this machine, or in an image that sees the `shared` files and folders. */
export function started(
  line: readonly string[],
  image: string | undefined,
  shared: readonly string[],
): Promise<Started> {
  return image === undefined ? startProgram(line) : startInContainer(image, line, shared)
}

/** Starts a command line in an image; `shared` files and folders are seen there as they are here. Rejects with a UsageError. */
async function startInContainer(
  image: string,
  [program = '', ...args]: readonly string[],
  shared: readonly string[],
): Promise<Started> {
  await mustHave(image)
  await docker().sweep()
  const engine = new Docker()
  const container = await engine.createContainer({
    Image: image,
    Entrypoint: [program],
    Cmd: args,
    Labels: owner(),
    HostConfig: {
      ...{ NetworkMode: 'host', Binds: shared.map((path) => `${resolve(path)}:${resolve(path)}:rw`) },
      ...{ Memory: MEMORY_BYTES, PidsLimit: PROCESSES_MAX, SecurityOpt: ['no-new-privileges'] },
    },
  })
  const remove = (): Promise<unknown> => container.remove({ force: true, v: true }).catch(() => undefined)
  const said = new LastWords()
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true })
    const heard = new PassThrough().on('data', (chunk: Buffer) => said.hear(chunk))
    engine.modem.demuxStream(stream, heard, heard)
    const waiting = container.wait({ condition: 'next-exit' }) as Promise<{ StatusCode: number }>
    const ended = waiting.then(
      ({ StatusCode }) => `ended with ${StatusCode}`,
      (error: Error) => error.message,
    )
    await container.start()
    const stop = async (): Promise<void> => {
      await container.stop({ t: STOP_S_MAX }).catch(() => undefined)
      await remove()
    }
    return { said, ended, stop }
  } catch (error) {
    await remove()
    throw new UsageError(`${image}: ${(error as Error).message}`)
  }
}

/** Rejects with a UsageError when no Docker engine answers, or it does not have the image. */
export async function mustHave(image: string): Promise<void> {
  const engine = await dockerVersion()
  if (!('version' in engine))
    throw new UsageError(`--image ${image}: no Docker engine answers (${engine.reason}).`)
  if (await hasImage(image)) return
  throw new UsageError(`--image ${image}: there is no such image here. Build it, or "docker pull ${image}".`)
}
