// The Markdown that a `markdown` block may hold, as nodes: headings, lists, tables, quotes, fences, rules.
// Images become links, as in Slack; HTML is text.

import { el, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { reference } from "./mrkdwn.js";

const INLINE = new RegExp(
  [
    "\\\\(?<escaped>[!-/:-@\\[-`{-~])",
    "(?<ticks>`+)(?!`)(?<code>[\\s\\S]+?)(?<!`)\\k<ticks>(?!`)",
    "!?\\[(?<label>(?:[^\\[\\]\\\\]|\\\\.|\\[[^\\[\\]]*\\])*)\\]\\(\\s*<?(?<target>[^\\s()<>]*(?:\\([^\\s()<>]*\\)[^\\s()<>]*)*)>?(?:\\s+\"[^\"]*\")?\\s*\\)",
    "<(?<reference>[^<>\\n]+)>",
    "\\*\\*(?=\\S)(?<bold>[\\s\\S]*?[^\\s*](?:\\*[^\\s*]+\\*)?)\\*\\*",
    "(?<!\\w)__(?=\\S)(?<bold2>[\\s\\S]*?\\S)__(?!\\w)",
    "\\*(?=[^\\s*])(?<italic>[^*]*?[^\\s*])\\*",
    "(?<!\\w)_(?=[^\\s_])(?<italic2>[^_]*?[^\\s_])_(?!\\w)",
    "~~(?=\\S)(?<strike>[^~]*?\\S)~~",
    "(?<![\\w:]):(?<emoji>[a-z0-9_+-]{1,60}):",
    "(?<url>https?://[^\\s<>]*[^\\s<>.,;:!?)\\]}'\"*_~])",
    "(?<br> {2,}\\n|\\n)",
  ].join("|"),
  "g",
);

function inline(text, reader) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) nodes.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    nodes.push(inlineNode(match, reader));
  }
  if (end < text.length) nodes.push(text.slice(end));
  return nodes;
}

function inlineNode(match, reader) {
  const { escaped, code, label, target, reference: ref, bold, bold2, italic, italic2, strike, emoji: name, url } = match.groups;
  if (escaped !== undefined) return escaped;
  if (code !== undefined) return el("code", {}, code.replace(/^ (.*\S.*) $/s, "$1"));
  if (target !== undefined) return link(target, label ? inline(label, reader) : target);
  if (ref !== undefined) return reference(ref, reader) ?? match[0];
  if (bold ?? bold2) return el("strong", {}, inline(bold ?? bold2, reader));
  if (italic ?? italic2) return el("em", {}, inline(italic ?? italic2, reader));
  if (strike) return el("s", {}, inline(strike, reader));
  if (name) return emoji(name);
  if (url) return link(url, url);
  return el("br");
}

const FENCE = /^ {0,3}(```+|~~~+)[^`]*$/;
const RULE = /^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const TABLE_RULE = /^ *\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$/;
const DEEPEST = 8; // nesting that anyone reads; beyond it the text stays as written

/** Markdown as nodes. */
export function markdown(text, reader, depth = 0) {
  const lines = text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n");
  const nodes = [];
  let at = 0;
  const takeWhile = (test) => {
    const from = at;
    while (at < lines.length && test(lines[at])) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at];
    let match;
    if (!line.trim()) at += 1;
    else if ((match = FENCE.exec(line))) {
      const fence = match[1];
      at += 1;
      const body = takeWhile((next) => !(next.trim().startsWith(fence) && !next.trim().replaceAll(fence[0], "")));
      at += 1;
      nodes.push(el("pre", {}, el("code", {}, body.join("\n"))));
    } else if ((match = HEADING.exec(line))) {
      at += 1;
      nodes.push(heading(match[1].length, inline(match[2], reader)));
    } else if (RULE.test(line)) {
      at += 1;
      nodes.push(el("hr"));
    } else if (QUOTE.test(line) && depth < DEEPEST) {
      const quoted = takeWhile((next) => QUOTE.test(next)).map((next) => QUOTE.exec(next)[1]);
      nodes.push(el("blockquote", {}, markdown(quoted.join("\n"), reader, depth + 1)));
    } else if (ITEM.test(line) && depth < DEEPEST) {
      nodes.push(list(takeWhile((next) => ITEM.test(next) || /^ {2,}\S/.test(next)), reader, depth));
    } else if (line.includes("|") && TABLE_RULE.test(lines[at + 1] ?? "")) {
      nodes.push(table(takeWhile((next) => next.includes("|")), reader));
    } else {
      const from = at;
      at += 1;
      takeWhile((next) => next.trim() && ![FENCE, HEADING, RULE, QUOTE, ITEM].some((start) => start.test(next)));
      nodes.push(el("p", {}, inline(lines.slice(from, at).map((said) => said.trimStart()).join("\n"), reader)));
    }
  }
  return nodes;
}

// A message stands below the page's own headings, so its levels begin at three.
function heading(level, children) {
  return el("div", { class: `heading heading-${Math.min(level, 3)}`, role: "heading", "aria-level": level + 2 }, children);
}

function list(lines, reader, depth) {
  const [, indent, mark] = ITEM.exec(lines[0]);
  const ordered = /\d/.test(mark);
  const items = [];
  for (const line of lines) {
    const match = ITEM.exec(line);
    if (match && match[1].length <= indent.length + 1) items.push([match[3]]);
    else items.at(-1).push(line);
  }
  const children = items.map(([first, ...rest]) => {
    const task = /^\[([ xX])\]\s+(.*)$/.exec(first);
    const inner = rest.length ? markdown(dedent(rest), reader, depth + 1) : [];
    const box = task && el("span", { role: "img", "aria-label": task[1] === " " ? "to do" : "done" }, task[1] === " " ? "☐ " : "☑ ");
    return el("li", { class: task ? "task" : null }, box, inline(task ? task[2] : first, reader), inner);
  });
  return el(ordered ? "ol" : "ul", { start: ordered && Number.parseInt(mark, 10) !== 1 ? Number.parseInt(mark, 10) : null }, children);
}

function dedent(lines) {
  const shared = Math.min(...lines.map((line) => line.search(/\S|$/)));
  return lines.map((line) => line.slice(shared)).join("\n");
}

function table([head, rule, ...body], reader) {
  const aligns = cells(rule).map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : "left"));
  const row = (tag, line) =>
    el("tr", {}, aligns.map((align, index) => el(tag, { class: `align-${align}` }, inline(cells(line)[index] ?? "", reader))));
  return el(
    "div",
    { class: "table", role: "region", tabindex: 0, "aria-label": "Table" },
    el("table", {}, el("thead", {}, row("th", head)), el("tbody", {}, body.map((line) => row("td", line)))),
  );
}

function cells(line) {
  return line.trim().replace(/^\|/, "").replace(/\|$/, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}
