/**
 * A vitest reporter that ends with a line for scripts: `N passed, N failed, N skipped`. It says what
 * failed as soon as it did, too: vitest keeps that for the end, and a run that is ended never says it.
 */
export default class ClosingLine {
  onTestCaseResult(test) {
    const { state, errors } = test.result();
    if (state !== "failed") return;
    console.error(`FAILED ${test.module.relativeModuleId}: ${test.fullName}`);
    for (const { message, diff } of errors)
      console.error([message, diff].filter(Boolean).join("\n"));
  }

  onTestRunEnd(modules, errors) {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "failed" || state === "skipped") count[state]++;
      }
    }
    // After vitest's own summary, which is written at the same event.
    process.on("exit", () => {
      console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    });
    if (count.passed === 0) process.exitCode = 1;
  }
}
