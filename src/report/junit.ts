// The run as JUnit XML, for continuous integration servers: a suite a feature, a case a scenario. XML 1.0 allows no
// control characters, not even escaped: `visible` has replaced them before anything is written.

import { failureText, stepFailureLines } from './failure-text.js'
import { escaped, oneLine, visible } from './printable.js'
import { totalsOf, type FeatureReport, type RunReport, type ScenarioReport } from './types.js'

const MESSAGE_CHARACTERS_MAX = 500

/** The XML document. */
export function junitXml(run: RunReport): string {
  const suites = run.features.map((feature) => suite(feature, run))
  const counts = countAttributes(run.features)
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attribute('name', run.title)} ${counts} ` +
    `${seconds(run.durationMs)}>\n${suites.join('')}</testsuites>\n`
  )
}

function suite(feature: FeatureReport, run: RunReport): string {
  const durationMs = feature.scenarios.reduce((sum, scenario) => sum + scenario.durationMs, 0)
  const properties = Object.entries({ seed: String(run.seed), profile: run.profile, node: run.node }).map(
    ([name, value]) => `      <property ${attribute('name', name)} ${attribute('value', value)}/>\n`,
  )
  return (
    `  <testsuite ${attribute('name', feature.name)} ${attribute('file', feature.uri)} ` +
    `${attribute('timestamp', run.startedAt)} ${countAttributes([feature])} ${seconds(durationMs)}>\n` +
    `    <properties>\n${properties.join('')}    </properties>\n` +
    `${feature.scenarios.map((scenario) => testCase(scenario, feature)).join('')}  </testsuite>\n`
  )
}

function testCase(scenario: ScenarioReport, feature: FeatureReport): string {
  const inside = outcome(scenario)
  const head =
    `    <testcase ${attribute('name', scenario.name)} ${attribute('classname', feature.name)} ` +
    `${attribute('file', scenario.uri)} line="${scenario.line}" ${seconds(scenario.durationMs)}`
  return inside === '' ? `${head}/>\n` : `${head}>\n${inside}    </testcase>\n`
}

function outcome(scenario: ScenarioReport): string {
  if (scenario.status === 'passed') return ''
  if (scenario.status === 'skipped') {
    const { reason, command } = scenario.skip ?? { reason: 'skipped' }
    return `      <skipped ${attribute('message', command ? `${reason} (to run it: ${command})` : reason)}/>\n`
  }
  return failure(scenario) + `      <system-out>${escaped(failureText(scenario))}</system-out>\n`
}

function failure(scenario: ScenarioReport): string {
  const step = scenario.steps.find((each) => each.status === 'failed')
  const told = step?.failure?.message ?? scenario.findings[0]?.text ?? 'the scenario failed'
  const details = step?.failure ? stepFailureLines(step.failure) : [`      ${visible(told)}`]
  const where = step ? [`${step.keyword} ${oneLine(step.text)}`] : []
  const findings = scenario.findings.map((each) =>
    oneLine(`${each.rule} (${each.clause}): ${each.text}`, 400),
  )
  return (
    `      <failure ${attribute('message', told)} type="${step?.failure ? 'expectation' : 'rule'}">` +
    `${escaped([...where, ...details, ...findings].join('\n'))}</failure>\n`
  )
}

function countAttributes(features: readonly FeatureReport[]): string {
  const { passed, failed, skipped } = totalsOf(features)
  return `tests="${passed + failed + skipped}" failures="${failed}" errors="0" skipped="${skipped}"`
}

function attribute(name: string, value: string): string {
  return `${name}="${escaped(oneLine(value, MESSAGE_CHARACTERS_MAX))}"`
}

function seconds(milliseconds: number): string {
  return `time="${(milliseconds / 1000).toFixed(3)}"`
}
