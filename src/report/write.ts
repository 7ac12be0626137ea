// Writes a run's reports into a folder: pages for people, JUnit, Cucumber messages and lcov for machines.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../errors.js'
import { coverageHtml } from './coverage-html.js'
import { indexHtml } from './index-html.js'
import { junitXml } from './junit.js'
import { lcov } from './lcov.js'
import type { RunReport } from './types.js'

/** Returns the paths written, the page to open first. `messages`: Cucumber messages, one JSON object a line. */
export async function writeReports(
  report: RunReport,
  messages: readonly string[],
  folder: string,
): Promise<string[]> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`reports cannot go to ${folder}: ${error.message}. Name another folder (--out).`)
  })
  const files: [name: string, text: string][] = [
    ['index.html', indexHtml(report, { coveragePage: 'coverage.html' })],
    ['coverage.html', coverageHtml(report.coverage, 'Coverage of the routing scripts')],
    ['junit.xml', junitXml(report)],
    ['messages.ndjson', messages.map((line) => `${line}\n`).join('')],
    ['lcov.info', lcov(report.coverage)],
  ]
  await Promise.all(files.map(([name, text]) => writeFile(join(folder, name), text)))
  return files.map(([name]) => join(folder, name))
}
