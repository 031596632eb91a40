// The files that go with the next message: chosen, dropped or pasted, and described for who cannot see them.

import { el } from "./dom.js";
import { size } from "./files.js";
import { icon } from "./icons.js";
import { upload } from "./server.js";

const MOST = 10;
const LARGEST = 10_000_000;

export class Attachments {
  /**
   * `onChange()` hears of every file that comes or goes, `onAdded()` of new ones, `refuse(sentence)` why one
   * cannot come, or null.
   */
  constructor({ onChange, onAdded, refuse }) {
    Object.assign(this, { onChange, onAdded, refuse });
    this.kept = new Map(); // the drafts' files
    this.items = [];
    this.picker = el("input", { type: "file", multiple: true, hidden: true, onchange: () => this.#picked() });
    this.button = el(
      "button",
      { type: "button", class: "icon-button attach", "aria-label": "Attach files", title: "Attach files", onclick: () => this.picker.click() },
      icon("clip"),
    );
    this.list = el("ul", { class: "attachments", "aria-label": "Files to send", hidden: true });
  }

  /** Takes files that are dropped on `target` or pasted into it. */
  listen(target) {
    const holds = ({ dataTransfer }) => dataTransfer.types.includes("Files");
    const mark = (on) => target.classList.toggle("dropping", on);
    target.addEventListener("dragover", (event) => {
      if (!holds(event)) return;
      event.preventDefault();
      mark(true);
    });
    target.addEventListener("dragleave", (event) => mark(target.contains(event.relatedTarget)));
    target.addEventListener("drop", (event) => {
      mark(false);
      if (!holds(event)) return;
      event.preventDefault();
      this.add(event.dataTransfer.files);
    });
    target.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      this.add(event.clipboardData.files);
    });
  }

  add(files) {
    this.refuse(null);
    for (const file of files) {
      if (this.items.length >= MOST) this.refuse(`Slack takes at most ${MOST} files at once.`);
      else if (file.size > LARGEST) this.refuse(`${file.name} is too large: the sandbox keeps files of up to ${size(LARGEST)}.`);
      else this.items.push({ file, alt: "" });
    }
    this.#show();
    this.onAdded();
  }

  /** Shows the files of another draft, and keeps those of the one before. */
  open(key, before) {
    this.kept.set(before, this.items);
    this.restore(this.kept.get(key) ?? []);
  }

  restore(items) {
    this.items = items;
    this.#show();
  }

  /** The files, which are then gone from here. */
  take() {
    const { items } = this;
    this.restore([]);
    return items;
  }

  #picked() {
    this.add([...this.picker.files]);
    this.picker.value = ""; // so that the same file can be chosen again
  }

  #show() {
    this.list.replaceChildren(...this.items.map((item) => this.#chip(item)));
    this.list.hidden = this.items.length === 0;
    this.onChange();
  }

  #chip(item) {
    const { file } = item;
    const remove = () => {
      this.restore(this.items.filter((other) => other !== item));
      (this.list.querySelector("button") ?? this.button).focus();
    };
    const describe = el("input", {
      class: "text-field",
      value: item.alt,
      maxlength: 1000,
      placeholder: "Describe the picture",
      "aria-label": `Description of ${file.name}`,
      oninput: ({ target }) => { item.alt = target.value; },
    });
    return el(
      "li",
      { class: "attachment" },
      icon(file.type.startsWith("image/") ? "image" : "file"),
      el("span", { class: "file-name" }, file.name),
      el("small", { class: "quiet-words" }, size(file.size)),
      file.type.startsWith("image/") && describe,
      el("button", { type: "button", class: "icon-button", "aria-label": `Remove ${file.name}`, title: "Remove", onclick: remove }, icon("close")),
    );
  }
}

/** Brings the files to the server: {ok, files} as `send` takes them, or what went wrong. */
export async function bring(user, items) {
  const files = [];
  for (const { file, alt } of items) {
    const answer = await upload(user, file);
    if (!answer.ok) return answer;
    files.push({ id: answer.file, alt: alt.trim() });
  }
  return { ok: true, files };
}
