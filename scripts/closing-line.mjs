/**
 * A vitest reporter that ends with a line for scripts: `N passed, N failed, N skipped`. It says what
 * failed as soon as it did, too, which vitest keeps for the end and a run that is ended never says;
 * and once more before its last line, briefly, where those who see only the end of a log look.
 */
export default class ClosingLine {
  #failed = [];

  onTestCaseResult(test) {
    const { state, errors } = test.result();
    if (state !== "failed") return;
    const title = `FAILED ${test.module.relativeModuleId}: ${test.fullName}`;
    console.error(title);
    for (const { message, diff } of errors)
      console.error([message, diff].filter(Boolean).join("\n"));
    this.#failed.push([title, ...errors.map(({ message }) => message.slice(-1000))].join("\n"));
  }

  onTestRunEnd(modules, errors) {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      const broken = module.errors();
      if (broken.length > 0) count.failed++;
      for (const { message } of broken)
        this.#failed.push(`FAILED ${module.relativeModuleId}:\n${message.slice(-1000)}`);
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "failed" || state === "skipped") count[state]++;
      }
    }
    // After vitest's own summary, which is written at the same event.
    process.on("exit", () => {
      for (const failed of this.#failed) console.log(failed);
      console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    });
    if (count.passed === 0) process.exitCode = 1;
  }
}
