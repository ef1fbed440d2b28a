// Prints `N passed, N failed, N skipped` from JSON reports of the test runner, as the last line of a check.
//
//   node scripts/count-tests.mjs <report>... <failed checks>
//
// Exits 1 when a test or an earlier check failed, a test file could not be run, no test ran, or a report is missing.
import { readFile } from 'node:fs/promises'

/** Counts of a report; a file that failed before its first test counts as one failure. */
export function countTests(report) {
  const count = { passed: 0, failed: 0, skipped: 0 }
  for (const file of report.testResults) {
    for (const { status } of file.assertionResults) {
      if (status === 'passed' || status === 'failed') count[status]++
      else count.skipped++
    }
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) count.failed++
  }
  // what failed outside any test, such as a global setup or a stray rejection
  if (!report.success && count.failed === 0) count.failed = 1
  return count
}

const [paths, failedChecks] = [process.argv.slice(2, -1), Number(process.argv.at(-1))]
if (paths.length > 0) {
  const total = { passed: 0, failed: 0, skipped: 0 }
  let missing = 0
  for (const path of paths) {
    const report = await readFile(path, 'utf8').then(JSON.parse).catch(() => null)
    if (report === null) missing += 1
    else for (const [outcome, count] of Object.entries(countTests(report))) total[outcome] += count
  }
  if (missing > 0) console.log(`${missing} of ${paths.length} runs of tests left no report`)
  if (total.passed + total.failed === 0) console.log('no test ran')
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  process.exitCode = total.passed > 0 && total.failed === 0 && missing === 0 && failedChecks === 0 ? 0 : 1
}
