// A message's own attachments, as alert apps and forwards send them: a coloured bar beside what each says.

import { renderBlocks } from "./blocks.js";
import { el, link } from "./dom.js";
import { icon } from "./icons.js";
import { decode, mrkdwn } from "./mrkdwn.js";

const COLORS = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };
const PLACEHOLDER = "[no preview available]";

export function attached(attachments, scene) {
  return el("div", { class: "attached-list" }, attachments.flatMap((attachment) => one(attachment, scene)));
}

function one(attachment, scene) {
  const { pretext, blocks = [], message_blocks: forwarded = [] } = attachment;
  const nested = [...blocks, ...forwarded.flatMap(({ message }) => message?.blocks ?? [])];
  const inner = nested.length > 0 ? el("div", { class: "attached-blocks" }, renderBlocks(nested, scene)) : words(attachment, scene);
  const bar = el("div", { class: "attached" }, inner, image(attachment), footer(attachment));
  const color = COLORS[attachment.color] ?? `#${String(attachment.color ?? "").replace(/^#/, "")}`;
  if (/^#[0-9a-f]{3}([0-9a-f]{3})?$/i.test(color)) bar.style.setProperty("--own", color);
  return [pretext && el("div", { class: "attached-pretext" }, mrkdwn(pretext, scene.reader)), bar];
}

function words({ author_name: author, author_link: home, title, title_link: address, text, fields = [], fallback }, { reader }) {
  const told = [
    author && el("div", { class: "attached-author" }, linked(home, decode(author))),
    title && el("div", { class: "attached-title" }, linked(address, mrkdwn(title, reader))),
    text && el("div", {}, mrkdwn(text, reader)),
    fields.length > 0 && el("div", { class: "fields" }, fields.map((field) => fieldOf(field, reader))),
  ].filter(Boolean);
  if (told.length > 0) return told;
  return fallback && fallback !== PLACEHOLDER ? el("div", {}, decode(fallback)) : null;
}

function fieldOf({ title, value, short }, reader) {
  return el("div", { class: short ? "" : "attached-long" }, title && el("strong", {}, decode(title)), el("div", {}, mrkdwn(String(value ?? ""), reader)));
}

function image({ image_url: url, thumb_url: thumb, title }) {
  const address = url ?? thumb;
  if (!address) return null;
  return el("span", { class: "image", title: "Images are not loaded in the sandbox" }, icon("image"), " ", link(address, title || "image"));
}

function footer({ footer: said }) {
  return said ? el("small", { class: "quiet-words" }, decode(said)) : null;
}

/** The nodes within a link to `address`, or as they are without one. */
function linked(address, nodes) {
  return address ? link(address, nodes) : nodes;
}
