// Files in messages and pictures in blocks: all of them the workspace's own, from this server.

import { el } from "./dom.js";
import { icon } from "./icons.js";

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const PLAYED = /^(?:audio|video)\//;
const FILE_ID = /[-/](F[A-Z0-9]{8,})\//;

/** The files of a message, pictures to be seen and others to be fetched. */
export function files(given) {
  return el("div", { class: "files" }, given.map(one));
}

/** A picture by a file's id, described by `alt`; where it is gone, the description remains. */
export function picture(id, alt) {
  const gone = ({ target }) => target.replaceWith(el("span", { class: "image" }, icon("image"), ` ${alt}`));
  return el("img", { class: "shown", src: address(id), alt, title: alt, onerror: gone });
}

/** The id in a block's `slack_file`, which may be given by its address. */
export function fileId({ id, url }) {
  return id ?? FILE_ID.exec(url ?? "")?.[1] ?? null;
}

/** Bytes as people say them. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const [amount, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
}

function one({ id, name, size: bytes, mime, alt }) {
  if (!name) return el("div", { class: "file quiet-words" }, icon("file"), "This file made room for newer ones.");
  const words = [el("span", { class: "file-name" }, name), el("small", { class: "quiet-words" }, size(bytes))];
  const open = { href: address(id), target: "_blank", rel: "noopener noreferrer" };
  if (PLAYED.test(mime)) return player(id, name, mime, words, open);
  if (!PICTURES.has(mime)) return el("a", { class: "file", ...open }, icon("file"), words);
  return el("figure", { class: "picture" }, el("figcaption", {}, words), el("a", open, picture(id, alt || name)));
}

/** A recording or a clip, to be played where it stands; nothing of it is fetched before that. */
function player(id, name, mime, words, open) {
  const kind = mime.startsWith("video/") ? "video" : "audio";
  const shown = el(kind, { src: address(id), controls: true, preload: "none", "aria-label": name });
  return el("figure", { class: "picture played" }, el("figcaption", {}, el("a", open, words)), shown);
}

function address(id) {
  return `/sandbox/files/${encodeURIComponent(id)}`;
}
