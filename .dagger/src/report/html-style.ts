/** The HTML report's looks, in light and dark; colours keep a contrast of 4.5 to 1 and more. */
export const style = `
:root {
  color-scheme: light dark;
  --back: #fff; --card: #f6f8fa; --line: #d1d9e0; --text: #1f2328; --quiet: #59636e; --link: #0969da;
  --passed: #1a7f37; --failed: #cf222e; --error: #8250df; --warning: #9a6700; --note: #0969da;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0d1117; --card: #151b23; --line: #3d444d; --text: #f0f6fc; --quiet: #9198a1;
    --link: #4493f8; --passed: #3fb950; --failed: #f85149; --error: #ab7df8; --warning: #d29922;
    --note: #4493f8;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
header { border-top: 6px solid var(--tone); background: var(--card); border-bottom: 1px solid var(--line); }
header > *, main { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header.passed { --tone: var(--passed); } header.failed { --tone: var(--failed); } header.not-run { --tone: var(--warning); }
header.error { --tone: var(--error); } header.inconclusive { --tone: var(--warning); }
h1 { font-size: 1.7rem; padding-top: 1.25rem; display: flex; align-items: center; gap: .75rem; }
header p { color: var(--quiet); padding-bottom: 1.25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .75rem; }
.badge {
  font-size: .95rem; font-weight: 600; color: var(--tone); border: 2px solid var(--tone);
  border-radius: 2rem; padding: .05rem .8rem;
}
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; list-style: none; padding: 0; margin: 1.25rem 0 0; }
.tiles li { border: 1px solid var(--line); border-radius: .5rem; padding: .35rem .8rem; color: var(--quiet); }
.tiles strong { color: var(--text); font-size: 1.15rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: var(--quiet); font-weight: 600; font-size: .85rem; }
th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.number:first-child { width: 5.5rem; color: var(--quiet); }
.message { overflow-wrap: anywhere; white-space: pre-line; }
.rule { width: 16rem; color: var(--quiet); overflow-wrap: anywhere; }
.quiet, .count { color: var(--quiet); }
.count { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; font-size: .85rem; }
.level, .outcome { font-weight: 600; white-space: nowrap; }
td.level { width: 5.5rem; }
.level .error, .outcome.findings { color: var(--failed); } .level .warning { color: var(--warning); }
.level .note { color: var(--note); } .outcome.clean { color: var(--passed); }
.outcome.error { color: var(--error); } .outcome.inconclusive { color: var(--warning); } .outcome.not-run { color: var(--quiet); }
main > section > details, .problem, .tools {
  border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .75rem; overflow: hidden;
}
.tools { border-spacing: 0; border-collapse: separate; }
.problem.inconclusive { border-left-color: var(--warning); }
.problem { border-left: 4px solid var(--error); padding: .7rem .9rem; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .45rem .8rem; }
main > section > details > summary { background: var(--card); }
main > section > details[open] > summary { border-bottom: 1px solid var(--line); }
.problem summary, .tools summary { padding: .2rem 0; color: var(--quiet); }
code, pre { font: 13px/1.45 ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; background: var(--card); padding: .7rem; border-radius: .4rem; margin: .3rem 0 0; max-height: 32rem; overflow: auto; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
meter { width: 5rem; vertical-align: middle; }
.coverage { white-space: nowrap; }
.measured { border: 1px solid var(--line); border-radius: .5rem; border-collapse: separate; border-spacing: 0; margin-bottom: .75rem; }
.measured th:not(:first-child) { text-align: right; } .measured td { overflow-wrap: anywhere; }
figure { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 .75rem; padding: .8rem .9rem .5rem; }
figcaption { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; align-items: baseline; }
figcaption span { color: var(--quiet); font-size: .85rem; white-space: nowrap; }
figcaption i { display: inline-block; width: 1.1rem; height: 3px; margin-right: .4rem; vertical-align: middle; background: var(--curve); }
figure svg { display: block; width: 100%; height: auto; }
figure text { fill: var(--quiet); font-size: 12px; } figure .grid { stroke: var(--line); }
figure .warm-up { fill: var(--line); opacity: .45; }
figure .limit { stroke: var(--failed); stroke-dasharray: 5 4; } figure text.limit { fill: var(--failed); stroke: none; }
figure path { fill: none; stroke: var(--curve); stroke-width: 2; stroke-linejoin: round; }
.curve-0 { --curve: var(--note); } .curve-1 { --curve: var(--warning); } .curve-2 { --curve: var(--error); } .curve-3 { --curve: var(--passed); }
@media (max-width: 40rem) { .rule { width: auto; } td, th { padding: .35rem .4rem; } .tools td:last-child, .tools th:last-child { display: none; } }
`;
