// The box to type in: completes slash commands, takes files, remembers what was sent, never loses a draft.

import { Attachments } from "./attachments.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";

const TALLEST_PX = 240;
const REMEMBERED = 50;

export class Composer {
  /**
   * `send(text, files)` resolves to null or to a sentence about what went wrong; `commands()` are those to
   * complete, `shortcuts()` items for the menu beside the box.
   */
  constructor({ root, id, send, commands, shortcuts }) {
    Object.assign(this, { send, commands, shortcuts });
    this.drafts = new Map();
    this.key = "";
    this.box = el("textarea", {
      id,
      rows: 1,
      spellcheck: true,
      autocomplete: "off",
      "aria-autocomplete": "list",
      "aria-controls": `${id}-commands`,
      onkeydown: (event) => this.#onKey(event),
      oninput: () => this.#onInput(),
      onblur: () => this.#close(),
      onfocus: () => this.#onInput(),
    });
    this.listbox = el("div", { id: `${id}-commands`, class: "completions", role: "listbox", "aria-label": "Commands", hidden: true });
    this.hint = el("div", { class: "usage", hidden: true });
    this.problem = el("div", { class: "problem", role: "alert" });
    this.pending = el("div", { class: "pending", role: "status" });
    this.bolt = menu("Shortcuts", "icon-button", shortcuts, "bolt");
    this.button = el("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send (Enter)" }, icon("send"));
    const form = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.submit(); } });
    this.attachments = new Attachments({
      onChange: () => this.#enable(),
      onAdded: () => this.box.focus(),
      refuse: (sentence) => this.problem.replaceChildren(...(sentence ? [sentence] : [])),
    });
    this.attachments.listen(form);
    const row = el("div", { class: "composer-box" }, this.bolt, this.attachments.button, this.box, this.button);
    form.append(this.listbox, this.hint, this.problem, this.attachments.list, row, this.attachments.picker, this.pending);
    root.replaceChildren(form);
  }

  /** Shows the draft kept under `key`, and says where a message goes. */
  open(key, label) {
    this.bolt.hidden = this.shortcuts().length === 0;
    if (key === this.key) return;
    this.drafts.set(this.key, this.box.value);
    this.attachments.open(key, this.key);
    this.key = key;
    this.problem.replaceChildren();
    this.box.placeholder = label;
    this.box.setAttribute("aria-label", label);
    this.fill(this.drafts.get(key) ?? "", { focus: false });
  }

  fill(text, { focus = true } = {}) {
    this.box.value = text;
    if (focus) this.box.focus();
    this.box.setSelectionRange(text.length, text.length);
    this.#recalled = null;
    this.#onInput();
  }

  async submit() {
    const text = this.box.value.trim();
    const files = this.attachments.take();
    if (!text && files.length === 0) return;
    const key = this.key;
    if (text) this.#remember(text);
    this.fill("");
    this.problem.replaceChildren();
    const waiting = this.#wait(text, files);
    const problem = await this.send(text, files);
    waiting.remove();
    if (!problem) return;
    if (this.key !== key) {
      this.drafts.set(key, text);
      this.attachments.kept.set(key, files);
    } else {
      this.problem.replaceChildren(problem);
      if (!this.box.value) this.fill(text);
      this.attachments.restore([...files, ...this.attachments.items]);
    }
  }

  /** A mark that a command or a file is on its way: of a command, Slack shows the app's answer alone. */
  #wait(text, files) {
    const command = files.length === 0 && this.commands().find((known) => text.split(/\s/, 1)[0].toLowerCase() === known.command);
    const words = files.length
      ? `Sending ${files.map(({ file }) => file.name).join(", ")}…`
      : [el("code", {}, text.replace(/\s+/g, " ").slice(0, 60)), " waits for the app…"];
    const mark = el("span", { hidden: !command && files.length === 0 }, words);
    this.pending.append(mark);
    return mark;
  }

  #enable() {
    this.button.disabled = !this.box.value.trim() && this.attachments.items.length === 0;
  }

  #onInput() {
    this.box.style.height = "auto";
    const { scrollHeight } = this.box; // 0 while the box is hidden
    this.box.style.height = scrollHeight ? `${Math.min(scrollHeight, TALLEST_PX)}px` : "";
    this.#enable();
    this.#complete();
  }

  // --- slash commands

  #options = [];
  #chosen = 0;

  #complete() {
    const text = this.box.value;
    const focused = document.activeElement === this.box;
    const typed = /^\/\S*$/.test(text) && focused ? text.toLowerCase() : null;
    this.#options = typed === null ? [] : this.commands().filter(({ command }) => command.startsWith(typed));
    this.#chosen = 0;
    this.#showOptions();
    const started = focused && this.commands().find(({ command }) => text.startsWith(`${command} `));
    this.hint.hidden = !started || !started.usage_hint;
    if (started) this.hint.replaceChildren(el("strong", {}, started.command), ` ${started.usage_hint ?? ""}`);
  }

  #showOptions() {
    const id = (index) => `${this.listbox.id}-${index}`;
    this.listbox.replaceChildren(
      ...this.#options.map(({ command, description, usage_hint: usage }, index) =>
        el(
          "div",
          {
            id: id(index),
            class: "completion",
            role: "option",
            "aria-selected": index === this.#chosen ? "true" : "false",
            onpointerdown: (event) => { event.preventDefault(); this.#take(index); },
          },
          el("div", {}, el("strong", {}, command), " ", el("span", { class: "usage-hint" }, usage ?? "")),
          el("div", { class: "description" }, description ?? ""),
        ),
      ),
    );
    this.listbox.hidden = this.#options.length === 0;
    if (this.listbox.hidden) this.box.removeAttribute("aria-activedescendant");
    else this.box.setAttribute("aria-activedescendant", id(this.#chosen));
  }

  #take(index) {
    this.fill(`${this.#options[index].command} `);
  }

  #close() {
    this.#options = [];
    this.#showOptions();
    this.hint.hidden = true;
  }

  // --- keys

  #onKey(event) {
    if (event.isComposing) return;
    if (this.#options.length > 0 && this.#onCompletionKey(event)) return event.preventDefault();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      return this.submit();
    }
    if (event.key === "ArrowUp" && this.#recall(-1)) return event.preventDefault();
    if (event.key === "ArrowDown" && this.#recall(1)) return event.preventDefault();
    return undefined;
  }

  #onCompletionKey({ key, shiftKey }) {
    const count = this.#options.length;
    if (key === "Escape") this.#close();
    else if (key === "ArrowDown" || key === "ArrowUp") {
      this.#chosen = (this.#chosen + (key === "ArrowDown" ? 1 : count - 1)) % count;
      this.#showOptions();
    } else if (key === "Tab" && !shiftKey) this.#take(this.#chosen);
    else if (key === "Enter" && this.#options[this.#chosen].command !== this.box.value) this.#take(this.#chosen);
    else return false;
    return true;
  }

  // --- what was sent before: kept for this tab, oldest first

  #recalled = null;

  get #history() {
    return JSON.parse(sessionStorage.getItem("precache.sent") ?? "[]");
  }

  #remember(text) {
    const sent = [...this.#history.filter((line) => line !== text), text].slice(-REMEMBERED);
    sessionStorage.setItem("precache.sent", JSON.stringify(sent));
  }

  /** Puts the text before or after the one recalled into the box; false where Up and Down mean the caret. */
  #recall(step) {
    const history = this.#history;
    const at = this.#recalled ?? history.length;
    const browsing = this.#recalled !== null && this.box.value === history[at];
    if (!browsing && (this.box.value !== "" || step > 0)) return false;
    const next = (browsing ? at : history.length) + step;
    if (next < 0 || (next >= history.length && !browsing)) return browsing;
    this.fill(history[next] ?? "");
    this.#recalled = next < history.length ? next : null;
    this.#close();
    return true;
  }
}
