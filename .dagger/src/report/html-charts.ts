import type { Chart, Curve, Table } from "./finding.ts";
import { escapeXml as text } from "./junit.ts";

/** A table of numbers; its first column says what they are of. */
export function table({ title, columns, rows }: Table): string {
  const heads = [title, ...columns.slice(1)].map((name) => `<th>${text(name)}</th>`);
  const body = rows.map(([name = "", ...numbers]) => {
    const cells = numbers.map((each) => `<td class="number">${text(each)}</td>`);
    return `<tr><td>${text(name)}</td>${cells.join("")}</tr>`;
  });
  return `<table class="measured"><thead><tr>${heads.join("")}</tr></thead><tbody>
${body.join("\n")}
</tbody></table>`;
}

/** The drawing's size and the place of its axes, in units of the SVG. */
const width = 1100;
const height = 260;
const plot = { left: 64, right: 1090, top: 14, bottom: 228 };

/** Colours that html-style.ts has. */
const colours = 4;

/** Curves over time as an SVG inside the page: no script, and colours of the page's own. */
export function chart({ title, unit, curves, warmUp = 0, limit }: Chart): string {
  const points = curves.flatMap((curve) => curve.points);
  const last = Math.max(1, ...points.map(([at]) => at));
  const highest = Math.max(...points.map(([, value]) => value), 0);
  // A limit far above all curves would press them flat.
  const line = limit && limit.value <= highest * 3 ? limit : undefined;
  const values = ticks(Math.max(highest, line?.value ?? 0));
  const top = values.at(-1) ?? 1;
  const x = (at: number) => round(plot.left + (at / last) * (plot.right - plot.left));
  const y = (value: number) => round(plot.bottom - (value / top) * (plot.bottom - plot.top));
  const parts = [
    ...(warmUp > 0
      ? [
          `<rect class="warm-up" x="${plot.left}" y="${plot.top}" width="${round(x(Math.min(warmUp, last)) - plot.left)}" height="${plot.bottom - plot.top}"/>`,
          `<text x="${plot.left + 6}" y="${plot.top + 16}">warm-up</text>`,
        ]
      : []),
    ...values.map(
      (value) =>
        `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y(value)}" y2="${y(value)}"/><text x="${plot.left - 8}" y="${y(value) + 4}" text-anchor="end">${number(value)}</text>`,
    ),
    ...ticks(last)
      .filter((at) => at <= last)
      .map(
        (at) =>
          `<text x="${x(at)}" y="${plot.bottom + 20}" text-anchor="middle">${number(at)} s</text>`,
      ),
    ...curves.map(
      (curve, index) => `<path class="curve-${index % colours}" d="${path(curve, x, y)}"/>`,
    ),
    ...(line
      ? [
          `<line class="limit" x1="${plot.left}" x2="${plot.right}" y1="${y(line.value)}" y2="${y(line.value)}"/><text class="limit" x="${plot.right}" y="${y(line.value) - 5}" text-anchor="end">${text(line.name)}</text>`,
        ]
      : []),
  ];
  const legend = curves.map(
    ({ name }, index) => `<span><i class="curve-${index % colours}"></i>${text(name)}</span>`,
  );
  return `<figure><figcaption><strong>${text(title)}</strong> <span>${text(unit)}</span>${legend.join("")}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${text(`${title}, ${unit}`)}">
${parts.join("\n")}
</svg></figure>`;
}

/** A line through all points; a single one is a short dash. */
function path({ points }: Curve, x: (at: number) => number, y: (value: number) => number): string {
  const [only] = points;
  if (points.length === 1 && only) return `M${x(only[0])} ${y(only[1])}h4`;
  return points.map(([at, value], index) => `${index ? "L" : "M"}${x(at)} ${y(value)}`).join("");
}

/** Round numbers from 0 to at least `highest`, about five of them. */
export function ticks(highest: number): number[] {
  if (!(highest > 0)) return [0, 1];
  const rough = highest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const count = Math.max(1, Math.ceil(highest / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function number(value: number): string {
  return value >= 10_000 ? `${Number((value / 1000).toPrecision(4))}k` : `${value}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
