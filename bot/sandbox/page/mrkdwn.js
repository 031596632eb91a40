// Slack's mrkdwn and its <…> references, as nodes. `reader` is the person who looks at the page:
// {zone, userName(id), channelName(id), groupName(id), openChannel(id)}.

import { el, link, safeUrl } from "./dom.js";
import { emoji } from "./emoji.js";

// Inside a mark, references and code count as one piece. The pieces exclude each other, so that matching
// stays linear on any text.
const piece = (mark) => `(?:<[^<>\\n]*>|<(?![^<>\\n]*>)|\`[^\`\\n]+\`|\`(?![^\`\\n]+\`)|[^${mark}\\n<\`])`;
const marked = (name, mark) =>
  `(?<![\\p{L}\\p{N}${mark}])[${mark}](?![\\s${mark}])(?<${name}>${piece(mark)}+)(?<!\\s)[${mark}](?![\\p{L}\\p{N}${mark}])`;

const INLINE = new RegExp(
  [
    "<(?<reference>[^<>\\n]+)>",
    "`(?<code>[^`\\n]+)`",
    marked("bold", "*"),
    marked("italic", "_"),
    marked("strike", "~"),
    "(?<![\\p{L}\\p{N}:]):(?<emoji>[a-z0-9_+-]{1,60}):",
    "(?<url>https?://[^\\s<>|*`]*[^\\s<>|*`.,;:!?)\\]}'\"_~])",
  ].join("|"),
  "gu",
);

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/** Text as a person reads it: the three entities that Slack knows, decoded once. */
export function decode(text) {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);
}

/** A text object (`mrkdwn` or `plain_text`) as nodes. */
export function textObject(object, reader) {
  if (!object || typeof object.text !== "string") return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, reader);
  return object.emoji === false ? [object.text] : [emojiText(object.text)];
}

/** Plain text with its emoji short names replaced. */
export function emojiText(text) {
  return text.replace(/:([a-z0-9_+-]{1,60}):/g, (_, name) => emoji(name));
}

/** mrkdwn with fences, quotes and lines, as nodes. */
export function mrkdwn(text, reader) {
  const nodes = [];
  // A fence stands on lines of its own, whether or not there are line breaks around it.
  text.split(/\n?```\n?([\s\S]+?)\n?```\n?/).forEach((part, index) => {
    if (index % 2) nodes.push(el("pre", {}, el("code", {}, decode(part.replace(/<([^<>|\n]+)(?:\|[^<>\n]*)?>/g, "$1")))));
    else if (part) nodes.push(...lines(part, reader));
  });
  return nodes;
}

function lines(text, reader) {
  const nodes = [];
  let quoted = null;
  let fresh = true; // no line break is due: a block stands before us, or nothing does
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>)(?!&gt;|>) ?(.*)$/.exec(line);
    if (quote) {
      if (quoted) quoted.append(el("br"));
      else nodes.push((quoted = el("blockquote")));
      quoted.append(...inline(quote[1], reader));
      fresh = true;
      continue;
    }
    quoted = null;
    if (!fresh) nodes.push(el("br"));
    nodes.push(...inline(line, reader));
    fresh = false;
  }
  return nodes;
}

/** One line of mrkdwn. */
export function inline(text, reader) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) nodes.push(decode(text.slice(end, match.index)));
    end = match.index + match[0].length;
    const { reference: ref, code, bold, italic, strike, emoji: name, url } = match.groups;
    if (ref !== undefined) nodes.push(reference(ref, reader) ?? decode(match[0]));
    else if (code !== undefined) nodes.push(el("code", {}, decode(code)));
    else if (bold !== undefined) nodes.push(el("strong", {}, inline(bold, reader)));
    else if (italic !== undefined) nodes.push(el("em", {}, inline(italic, reader)));
    else if (strike !== undefined) nodes.push(el("s", {}, inline(strike, reader)));
    else if (name !== undefined) nodes.push(emoji(name));
    else nodes.push(link(decode(url), decode(url)));
  }
  if (end < text.length) nodes.push(decode(text.slice(end)));
  return nodes;
}

/** What stands between < and >: a mention, a date, a link; null if none of them. */
export function reference(content, reader) {
  const bar = content.indexOf("|");
  const [target, label] = bar < 0 ? [content, ""] : [content.slice(0, bar), content.slice(bar + 1)];
  const [kind, name] = [target[0], target.slice(1)];
  if (kind === "@") return userMention(name, reader, decode(label));
  if (kind === "#") return channelMention(name, reader, decode(label));
  if (kind !== "!") return safeUrl(decode(target)) && link(decode(target), decode(label || target));
  if (/^(here|channel|everyone)$/.test(name)) return broadcast(name);
  if (name.startsWith("subteam^")) return groupMention(name.slice("subteam^".length), reader, decode(label));
  const date = /^date\^(-?\d{1,12})\^([^^]*)(?:\^(.*))?$/.exec(name);
  return date && moment(Number(date[1]), decode(date[2]), decode(label), date[3] && decode(date[3]), reader);
}

export function userMention(id, reader, label = "") {
  const name = reader.userName(id) ?? (label || id);
  return el("span", { class: id === reader.me ? "mention mention-me" : "mention" }, `@${name.replace(/^@/, "")}`);
}

export function groupMention(id, reader, label = "") {
  return el("span", { class: "mention" }, `@${(label || reader.groupName(id) || "group").replace(/^@/, "")}`);
}

export function channelMention(id, reader, label = "") {
  const name = reader.channelName(id);
  if (name === null) return el("span", { class: "mention" }, `#${label || "private channel"}`);
  return el("button", { type: "button", class: "mention", onclick: () => reader.openChannel(id) }, `#${name}`);
}

export function broadcast(name) {
  return el("span", { class: "mention mention-me" }, `@${name}`);
}

/** A date in the reader's zone, as `<!date^seconds^format^url|fallback>` asks for it. */
export function moment(seconds, format, fallback, url, reader) {
  const when = new Date(seconds * 1000);
  if (Number.isNaN(when.getTime())) return fallback;
  const shown = format.replace(/\{(\w+)\}/g, (whole, token) => datePart(token, when, reader) ?? whole);
  const time = el("time", { datetime: when.toISOString(), title: fallback || shown }, shown);
  return url ? link(url, time) : time;
}

const HALF_A_YEAR = 182 * 86_400_000;
const LONG = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
const FORMATS = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: LONG,
  time: { timeStyle: "short" },
  time_secs: { timeStyle: "medium" },
};

function datePart(token, when, reader) {
  const pretty = token.endsWith("_pretty");
  const name = token.replace(/_pretty$/, "").replace(/^day_divider$/, "date_long");
  if (name === "ago") return ago(when);
  if (!Object.hasOwn(FORMATS, name)) return null;
  const parts = { ...FORMATS[name] };
  if (parts.month !== "2-digit" && Math.abs(when - Date.now()) < HALF_A_YEAR) delete parts.year; // as Slack does
  return (pretty && nearDay(when, reader.zone)?.toLowerCase()) || format(when, reader, parts);
}

/** A date on the clock of whom the page is for: as their locale has it, or else of 24 hours. */
export function format(when, { zone, locale }, options) {
  const cycle = locale ? {} : { hourCycle: "h23" };
  return new Intl.DateTimeFormat(locale || undefined, { timeZone: zone, ...cycle, ...options }).format(when);
}

/** Yesterday, Today or Tomorrow as seen from `zone`, else null. */
export function nearDay(when, zone) {
  const day = (moment) => Date.parse(new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(moment));
  const distance = (day(when) - day(new Date())) / 86_400_000;
  return { "-1": "Yesterday", 0: "Today", 1: "Tomorrow" }[distance] ?? null;
}

function ago(when) {
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const seconds = (when - Date.now()) / 1000;
  for (const [unit, size] of [["day", 86_400], ["hour", 3_600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(Math.trunc(seconds), "second");
}
