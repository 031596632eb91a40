// Slack's charts and its tables of data, as nodes. A chart is said in words as well: its label has every number.

import { el, svg } from "./dom.js";
import { richText } from "./richtext.js";

const WIDTH = 560;
const HEIGHT = 220;
const LEFT = 64;
const FOOT = HEIGHT - 28;
const STEPS = 4;
const PAGE = 5;

/** A `data_visualization` block. */
export function chart(block) {
  const { chart: data, title } = block;
  const rows = data.type === "pie" ? data.segments.map((one) => one.label) : data.series.map((one) => one.name);
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}. ${inWords(data)}` }, drawing(data));
  const legend = el(
    "ul",
    { class: "chart-legend" },
    rows.map((name, index) => el("li", { class: `tone-${index % 6}` }, name)),
  );
  return [el("div", { class: "chart-title" }, title), picture, legend];
}

function inWords(data) {
  const points = (list) => list.map(({ label, value }) => `${label}: ${value}`).join(", ");
  if (data.type === "pie") return points(data.segments);
  return data.series.map((series) => `${series.name}: ${points(series.data)}`).join("; ");
}

function drawing(data) {
  return data.type === "pie" ? slices(data.segments) : axes(data, data.type === "bar" ? bars : data.type === "area" ? areas : lines);
}

// --- bars, lines and areas

function axes(data, draw) {
  const values = data.series.flatMap((series) => series.data.map((point) => point.value));
  const least = values.every(Number.isInteger) ? 1 : 0; // half a call is none
  const step = Math.max(roundStep(Math.max(...values, 0) - Math.min(...values, 0)), least);
  const low = Math.floor(Math.min(...values, 0) / step) * step;
  const high = Math.max(Math.ceil(Math.max(...values, 0) / step) * step, low + step);
  const y = (value) => FOOT - ((value - low) / (high - low)) * (FOOT - 12);
  const slot = (WIDTH - LEFT) / data.axis_config.categories.length;
  const x = (index) => LEFT + (index + 0.5) * slot;
  const grid = [];
  for (let value = low; value <= high + step / 2; value += step) {
    grid.push(svg("line", { x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value), class: "chart-grid" }));
    grid.push(svg("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, short(value)));
  }
  const names = data.axis_config.categories.map((name, index) => svg("text", { x: x(index), y: HEIGHT - 8, "text-anchor": "middle" }, name));
  return [...grid, ...names, ...draw(data, { x, y, slot })];
}

function roundStep(span) {
  const rough = (span || 1) / STEPS;
  const size = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * size).find((step) => step >= rough);
}

const short = (value) => Number(value.toPrecision(6)).toLocaleString("en", { maximumSignificantDigits: 4 });

function bars(data, { x, y, slot }) {
  const wide = (slot * 0.7) / data.series.length;
  return data.series.flatMap((series, row) =>
    series.data.map(({ label, value }, index) => {
      const [top, end] = [y(Math.max(value, 0)), y(Math.min(value, 0))];
      const left = x(index) - slot * 0.35 + row * wide;
      return svg("rect", { x: left, y: top, width: Math.max(wide - 1, 1), height: Math.max(end - top, value ? 1 : 0), class: tone(row) }, hint(`${series.name}, ${label}: ${value}`));
    }),
  );
}

function lines(data, { x, y }) {
  return data.series.map((series, row) => {
    const points = series.data.map((point, index) => `${x(index)},${y(point.value)}`);
    return svg("polyline", { points: points.join(" "), class: `chart-line ${tone(row)}` }, hint(series.name));
  });
}

function areas(data, place) {
  return data.series.map((series, row) => {
    const last = series.data.length - 1;
    const points = series.data.map((point, index) => `${place.x(index)},${place.y(point.value)}`);
    const ends = [`${place.x(last)},${place.y(0)}`, `${place.x(0)},${place.y(0)}`];
    return svg("polygon", { points: [...points, ...ends].join(" "), class: `chart-area ${tone(row)}` }, hint(series.name));
  });
}

const tone = (row) => `tone-${row % 6}`;
const hint = (words) => svg("title", {}, words);

// --- pies

function slices(segments) {
  const total = segments.reduce((sum, { value }) => sum + value, 0);
  const [middle, radius] = [HEIGHT / 2, HEIGHT / 2 - 10];
  let turned = -Math.PI / 2;
  return segments.map(({ label, value }, row) => {
    const words = hint(`${label}: ${value}`);
    if (segments.length === 1) return svg("circle", { cx: WIDTH / 2, cy: middle, r: radius, class: tone(row) }, words);
    const spot = (angle) => `${WIDTH / 2 + radius * Math.cos(angle)} ${middle + radius * Math.sin(angle)}`;
    const [start, end] = [turned, turned + (value / total) * 2 * Math.PI];
    turned = end;
    const path = `M ${WIDTH / 2} ${middle} L ${spot(start)} A ${radius} ${radius} 0 ${end - start > Math.PI ? 1 : 0} 1 ${spot(end)} Z`;
    return svg("path", { d: path, class: tone(row) }, words);
  });
}

// --- tables of data: in pages, and sorted by the column that is pressed

/** A `data_table` block. */
export function dataTable(block, reader) {
  const [header, ...rows] = block.rows;
  const size = block.page_size ?? PAGE;
  const key = block.row_header_column_index ?? 0;
  const state = { page: 0, column: null, down: false };
  const body = el("tbody");
  const heads = header.map((cell, column) => el("th", { scope: "col" }, el("button", { type: "button", onclick: () => sort(column) }, cell.text)));
  const where = el("span", { role: "status" });
  const turn = (by) => () => show({ page: state.page + by });
  const [before, after] = [
    el("button", { type: "button", onclick: turn(-1) }, "Previous"),
    el("button", { type: "button", onclick: turn(1) }, "Next"),
  ];

  function sort(column) {
    show({ column, down: state.column === column && !state.down, page: 0 });
  }

  function show(change) {
    Object.assign(state, change);
    const sorted = state.column === null ? rows : [...rows].sort(by(state.column, state.down ? -1 : 1));
    const first = state.page * size;
    body.replaceChildren(...sorted.slice(first, first + size).map((row) => tableRow(row)));
    heads.forEach((head, column) => head.setAttribute("aria-sort", column !== state.column ? "none" : state.down ? "descending" : "ascending"));
    where.textContent = `${first + 1}–${Math.min(first + size, rows.length)} of ${rows.length}`;
    before.disabled = state.page === 0;
    after.disabled = first + size >= rows.length;
  }

  const tableRow = (row) =>
    el(
      "tr",
      {},
      row.map((cell, column) =>
        el(column === key ? "th" : "td", { scope: column === key && "row", class: cell.type === "raw_number" && "align-right" }, dataCell(cell, reader)),
      ),
    );
  show({});
  const table = el("table", {}, el("caption", {}, block.caption), el("thead", {}, el("tr", {}, heads)), body);
  return [
    el("div", { class: "table", role: "region", tabindex: 0, "aria-label": block.caption }, table),
    rows.length > size && el("div", { class: "table-pages" }, before, where, after),
  ];
}

function by(column, direction) {
  const words = (cell) => cell.text ?? JSON.stringify(cell.elements ?? "");
  return (one, other) => {
    const [left, right] = [one[column], other[column]];
    const numbers = left.type === "raw_number" && right.type === "raw_number";
    return direction * (numbers ? left.value - right.value : words(left).localeCompare(words(right), undefined, { numeric: true }));
  };
}

function dataCell(cell, reader) {
  if (cell.type === "rich_text") return richText(cell.elements, reader);
  return cell.text ?? String(cell.value);
}
