// Prints `N passed, N failed, N skipped` from a JSON report of the test runner, as the last line of a check.
//
//   node scripts/count-tests.mjs <report> [failed checks]
//
// Exits 1 when a test or an earlier check failed, a test file could not be run, no test ran, or there is no report.
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

const [path, failedChecks = '0'] = process.argv.slice(2)
if (path !== undefined) {
  const report = await readFile(path, 'utf8').then(JSON.parse).catch(() => ({ testResults: [], success: false, missing: true }))
  const { passed, failed, skipped } = report.missing ? { passed: 0, failed: 0, skipped: 0 } : countTests(report)
  if (passed + failed === 0) console.log('no test ran')
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = passed > 0 && failed === 0 && Number(failedChecks) === 0 ? 0 : 1
}
