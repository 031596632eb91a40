// `rich_text` blocks: what Slack's own composer makes, and what apps send for lists and code.

import { el, link } from "./dom.js";
import { emoji } from "./emoji.js";
import { broadcast, channelMention, groupMention, moment, userMention } from "./mrkdwn.js";

/** The parts of a rich_text block, as nodes. */
export function richText(elements, reader) {
  return (elements ?? []).map((part) => PARTS[part.type]?.(part, reader));
}

const PARTS = {
  rich_text_section: (part, reader) => el("div", { class: "rich-section" }, inline(part.elements, reader)),
  rich_text_preformatted: (part, reader) => el("pre", {}, el("code", {}, inline(part.elements, reader))),
  rich_text_quote: (part, reader) => el("blockquote", {}, inline(part.elements, reader)),
  rich_text_list(part, reader) {
    const indent = Math.min(Math.max(Number(part.indent) || 0, 0), 8);
    const ordered = part.style === "ordered";
    return el(
      ordered ? "ol" : "ul",
      { class: `indent-${indent} marker-${indent % 3}`, start: ordered && part.offset ? Number(part.offset) + 1 : null },
      (part.elements ?? []).map((item) => el("li", {}, inline(item.elements, reader))),
    );
  },
};

const INLINE = {
  text: ({ text }) => lines(text ?? ""),
  link: ({ url, text }) => link(url, text || url),
  user: ({ user_id: id }, reader) => userMention(id, reader),
  usergroup: ({ usergroup_id: id }, reader) => groupMention(id, reader),
  channel: ({ channel_id: id }, reader) => channelMention(id, reader),
  broadcast: ({ range }) => broadcast(range),
  emoji: ({ name }) => emoji(String(name)),
  date: ({ timestamp, format, fallback, url }, reader) => moment(Number(timestamp), format, fallback ?? "", url, reader),
  color: ({ value }) => el("code", {}, value),
};

function inline(elements, reader) {
  return (elements ?? []).flatMap((element) => {
    const made = INLINE[element.type]?.(element, reader) ?? [];
    return styled(made, element.style ?? {});
  });
}

const STYLES = { code: "code", strike: "s", italic: "em", bold: "strong", underline: "u" };

function styled(nodes, style) {
  return Object.entries(STYLES).reduce((inner, [name, tag]) => (style[name] ? el(tag, {}, inner) : inner), nodes);
}

function lines(text) {
  return text.split("\n").flatMap((line, index) => (index ? [el("br"), line] : [line]));
}
