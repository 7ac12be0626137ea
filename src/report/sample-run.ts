// A made-up run that the tests and the sample pages share: one scenario of each status, one routing script.

import { coverageOf, hitsOf, mergedHits, type ScriptShape } from './coverage.js'
import type { LogEntry } from '../driver.js'
import type { TraceEvent } from '../endpoint.js'
import { ladderOf } from './messages.js'
import { hostileLog, sampleLog } from './sample-log.js'
import {
  totalsOf,
  type FeatureReport,
  type RunReport,
  type ScenarioReport,
  type StepReport,
} from './types.js'

const text = `# A registrar that forwards.
route {
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
		break;
	};
	if (method == "REGISTER") {
		save("location");
		break;
	};
	if (!lookup("location")) {
		sl_send_reply("404", "Not Found");
		break;
	};
	route(1);
}

route[1] {
	t_on_failure("1");
	if (!t_relay()) sl_reply_error();
}

failure_route[1] {
	append_branch("sip:voicemail@sipwright.test");
	t_relay();
}
`

/** Statements at 3, 4, 5 ... of the script above. */
export const sampleShape: ScriptShape = {
  file: 'features/scripts/registrar.cfg',
  text,
  lines: [
    ...[3, 4, 5, 7, 8, 9, 11, 12, 13, 15].map((line) => ({ line, route: 'main' })),
    ...[19, 20].map((line) => ({ line, route: '1' })),
    ...[24, 25].map((line) => ({ line, route: 'failure 1' })),
  ],
  arms: [
    { line: 3, column: 2, route: 'main' },
    { line: 7, column: 2, route: 'main' },
    { line: 11, column: 2, route: 'main' },
    { line: 20, column: 2, route: '1' },
  ],
  routes: ['main', '1', 'failure 1'],
}

const { file } = sampleShape
const event = (happened: TraceEvent): LogEntry => ({
  kind: 'event',
  at: 0,
  endpoint: 'proxy',
  event: happened,
})
const line = (number: number) => event({ kind: 'line', file, line: number, column: 2, text: '' })
const arm = (number: number, taken: boolean) => event({ kind: 'arm', file, line: number, column: 2, taken })
const enter = (route: string) => event({ kind: 'route', route, enter: true })

/** A request that registers, and one that is relayed. */
export const scriptLog: readonly LogEntry[] = [
  ...[enter('main'), line(3), arm(3, false), line(7), arm(7, true), line(8), line(9)],
  ...[enter('main'), line(3), arm(3, false), line(7), arm(7, false), line(11), arm(11, false), line(15)],
  ...[enter('1'), line(19), line(20), arm(20, false)],
]

const step = (keyword: string, words: string, more: Partial<StepReport> = {}): StepReport => ({
  ...{ keyword, text: words, status: 'passed', durationMs: 1.2 },
  ...more,
})

export const passedScenario: ScenarioReport = {
  name: 'The first INVITE is lost and sent again',
  ...{ tags: ['@udp', '@rfc3261-17.1.1.2'], uri: 'features/calls/basic.feature', line: 12, status: 'passed' },
  durationMs: 14,
  steps: [
    step('Given', 'a proxy running "registrar.cfg"'),
    step('And', 'the first packet from alice to the proxy is lost'),
    step('When', 'alice calls bob'),
    step('And', 'bob answers'),
    step('Then', 'bob hangs up after 32 seconds'),
  ],
  ladder: ladderOf(sampleLog, ['alice', 'proxy', 'bob']),
  seed: 42,
  ...{ rulesOff: [], findings: [], notes: ['35.6 s of virtual time'], passedOver: [], proxies: ['proxy'] },
  replayCommand: 'sipwright run features/calls/basic.feature:12 --seed 42',
  scripts: hitsOf(scriptLog, [sampleShape]),
}

export const failedScenario: ScenarioReport = {
  ...passedScenario,
  ...{ name: 'Bob is busy and alice hears so', line: 27, status: 'failed', durationMs: 9.4, tags: ['@udp'] },
  steps: [
    step('Given', 'a proxy running "registrar.cfg"'),
    step('When', 'alice calls bob'),
    step('Then', 'alice receives "486 Busy Here" within 2 seconds', {
      status: 'failed',
      failure: {
        message: 'alice waited 2 s for "486 Busy Here" and got another response',
        expected: 'SIP/2.0 486 Busy Here\nCSeq: 1 INVITE',
        actual:
          'SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK776asdhds;rport\nCSeq: 1 INVITE',
      },
    }),
    step('And', 'the call is over', { status: 'skipped', durationMs: 0 }),
  ],
  rulesOff: [{ rule: 'via-branch-cookie', reason: 'the peer is an RFC 2543 client' }],
  findings: [
    {
      rule: 'to-tag-in-final',
      clause: 'RFC 3261 §8.2.6.2',
      text: 'The 200 to INVITE (arrow 9) carries another To tag than the 180.',
    },
  ],
  replayCommand: 'sipwright run features/calls/basic.feature:27 --seed 42',
}

export const skippedScenario: ScenarioReport = {
  ...passedScenario,
  ...{
    name: 'Subscribers come from MySQL',
    uri: 'features/auth/database.feature',
    line: 8,
    status: 'skipped',
  },
  ...{ tags: ['@mysql'], durationMs: 0, notes: [], passedOver: [], scripts: [] },
  steps: passedScenario.steps.slice(0, 3).map((each) => ({ ...each, status: 'skipped', durationMs: 0 })),
  ladder: ladderOf([]),
  skip: {
    reason: 'needs Docker for the MySQL server',
    command: 'docker compose -f docker/compose.yml up -d mysql',
  },
}

/** Every text of this one is hostile. */
export const hostileScenario: ScenarioReport = {
  ...failedScenario,
  ...{ name: '<script>alert(4)</script>\x1b[2J', tags: ['@"><img src=x>'], notes: ['</script>\x00', ']]>'] },
  steps: [
    step('Then', '<b>"quoted"</b> \x07', {
      status: 'failed',
      failure: {
        message: '</script><script>alert(5)</script>\x00',
        expected: '\x1b[31m&amp;',
        actual: 'x'.repeat(9000),
      },
    }),
  ],
  ladder: ladderOf(hostileLog),
  replayCommand: `sipwright run '<i>'`,
}

/** A run report of these features. */
export function runOf(features: readonly FeatureReport[]): RunReport {
  const hits = mergedHits(
    features.flatMap((feature) => feature.scenarios.map((scenario) => scenario.scripts)),
  )
  return {
    ...{
      title: 'Sipwright: call scenarios',
      startedAt: '2025-03-01T12:30:05.120Z',
      durationMs: 4210,
      seed: 42,
    },
    ...{ node: 'v20.19.0', profile: 'ser', totals: totalsOf(features), features },
    coverage: coverageOf([sampleShape], hits),
    rulesWatched: ['to-tag-in-final: RFC 3261 §8.2.6.2', 'via-branch-cookie: RFC 3261 §8.1.1.7'],
  }
}

export const sampleFeatures: readonly FeatureReport[] = [
  {
    ...{ name: 'Basic calls', uri: 'features/calls/basic.feature' },
    description: 'Two phones and a proxy: the call is set up, lasts, and ends.',
    scenarios: [passedScenario, failedScenario],
  },
  { name: 'Authentication', uri: 'features/auth/database.feature', scenarios: [skippedScenario] },
]

export const sampleRun = runOf(sampleFeatures)
