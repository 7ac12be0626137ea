// What runs SIPp: the local binary or a container. Each gives a process that says what it says and ends some time.

import type { RunFolder } from './run-folder.js'

export interface StartOptions {
  /** SIPp's arguments; files are names in the run's folder. */
  readonly args: readonly string[]
  readonly folder: RunFolder
  /** Its local port, when one was asked for. */
  readonly port: number | undefined
  readonly heard: (text: string, stream: 'out' | 'err') => void
}

export interface End {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
}

export interface RunningSipp {
  /** Where it is reached by others: "10.0.0.2" of a container, undefined for the local binary. */
  readonly address: string | undefined
  readonly ended: Promise<End>
  /** 'own' once its port is bound by itself; 'stranger' when another process has it. */
  bound(): 'own' | 'stranger' | 'free' | undefined
  /** Ends it: by its own way first, by force after a moment. */
  stop(): Promise<void>
  /** No new calls; it ends when those that are open are over. */
  finish(): Promise<void>
}

/** SIPp's own word for it. */
export const FINISH_SIGNAL = 'SIGUSR1'

export interface Backend {
  readonly name: 'local' | 'docker'
  start(options: StartOptions): Promise<RunningSipp>
  /** Removes what earlier runs left behind; returns how many things. */
  sweep(): Promise<number>
}
