// What stands around a scenario's proxies and answers their questions: commands, tables, an RTP proxy, modems.

import type { Answer, Question } from '../endpoint.js'
import { Commands } from './commands.js'
import { ScenarioDatabase } from './database.js'
import { ScenarioModems } from './modem.js'
import { ScenarioRtpProxy } from './rtp-proxy.js'

export class Surroundings {
  /** The commands that scripts run. */
  readonly commands = new Commands()
  /** The tables that scripts ask. */
  readonly database = new ScenarioDatabase()
  /** Where scripts lead streams to. */
  readonly rtpProxy = new ScenarioRtpProxy()
  /** What scripts send short messages with. */
  readonly modems = new ScenarioModems()

  /** Answers what endpoints ask besides names. */
  answer(question: Question): Answer | Promise<Answer> {
    const { commands, database, modems, rtpProxy } = this
    if (question.kind === 'exec') return commands.answer(question)
    if (question.kind === 'query') return database.answer(question)
    if (question.kind === 'exchange')
      return question.channel.startsWith('serial:') ? modems.answer(question) : rtpProxy.answer(question)
    return { kind: 'failure', reason: `nobody answers a ${question.kind} question in this scenario` }
  }

  async close(): Promise<void> {
    this.commands.close()
    await this.database.close()
  }
}
