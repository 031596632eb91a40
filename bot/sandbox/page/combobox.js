// A box that finds one or several of many options while one types (the ARIA combobox pattern): options are
// {value, text, note?, group?}, given at once or asked for with what was typed.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { emojiText } from "./mrkdwn.js";
import { keepAt, placeAt } from "./popup.js";

const PAUSE_MS = 250;
let count = 0;

export class Combobox {
  /**
   * `options` is a list, or `search(text)` resolves to one, or to a sentence about why there is none.
   * `changed()` hears what a person chose. `several` holds chips, at most `most` of them.
   */
  constructor({ options = null, search = null, shortest = 0, several = false, most = 1, placeholder, clearable = false, chosen = [], changed }) {
    Object.assign(this, { options, search, shortest, several, most, placeholder, clearable, changed });
    this.chosen = chosen;
    const id = `options-${++count}`;
    this.list = el("div", {
      id, class: "menu options", role: "listbox", popover: "manual", "aria-label": placeholder,
      "aria-multiselectable": several ? "true" : null,
    });
    this.input = el("input", {
      type: "text", class: "combobox-input", role: "combobox", autocomplete: "off", spellcheck: "false",
      "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, "aria-label": placeholder,
      onkeydown: (event) => this.#onKey(event),
      oninput: () => this.#typed(),
      onclick: () => !this.isOpen && this.#open(),
      onblur: () => this.#close(),
    });
    this.chips = el("span", { class: "chips" });
    this.clear = el(
      "button",
      { type: "button", class: "icon-button clear", "aria-label": `Clear: ${placeholder}`, title: "Clear", onclick: () => this.#choose([]) },
      icon("close"),
    );
    const sign = el("span", { class: "arrow", "aria-hidden": "true" }, icon("down"));
    this.node = el("span", { class: several ? "combobox several" : "combobox", onpointerdown: (event) => this.#onPress(event) }, this.chips, this.input, this.clear, sign, this.list);
    this.#showChosen();
  }

  #filter = ""; // what was typed since the list opened
  #found = [];
  #active = -1;
  #leave = () => {};
  #pause = 0;
  #asked = 0;

  get isOpen() {
    return this.list.matches(":popover-open");
  }

  /** Shows these options as chosen, and tells nobody. */
  set(chosen) {
    this.chosen = chosen;
    this.#showChosen();
  }

  #showChosen() {
    const { several } = this;
    this.input.value = several ? this.#filter : emojiText(this.chosen[0]?.text ?? "");
    this.input.placeholder = several && this.chosen.length ? "" : this.placeholder;
    this.clear.hidden = several || !this.clearable || this.chosen.length === 0;
    const chip = (option) =>
      el(
        "span",
        { class: "chip" },
        emojiText(option.text),
        el(
          "button",
          { type: "button", "aria-label": `Remove ${option.text}`, onclick: () => this.#choose(this.chosen.filter(({ value }) => value !== option.value)) },
          icon("close"),
        ),
      );
    if (several) this.chips.replaceChildren(...this.chosen.map(chip));
  }

  #choose(chosen) {
    this.chosen = chosen;
    this.#showChosen();
    this.changed();
    this.input.focus();
  }

  /** The focus stays in the box, whose list would close under the pointer and take the chips with it. */
  #onPress(event) {
    if (event.target === this.input) return;
    event.preventDefault();
    if (event.target.closest("button, .menu")) return;
    this.input.focus();
    if (!this.isOpen) this.#open();
  }

  // --- the list

  #open() {
    this.#filter = "";
    if (!this.several) this.input.select();
    this.list.showPopover();
    placeAt(this.list, this.node);
    this.list.style.minWidth = `${this.node.offsetWidth}px`;
    this.#leave = keepAt(this.list, this.node);
    this.input.setAttribute("aria-expanded", "true");
    this.#find();
  }

  #close() {
    clearTimeout(this.#pause);
    this.#asked += 1;
    this.#leave();
    this.#filter = "";
    if (this.isOpen) this.list.hidePopover();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.#showChosen();
  }

  #typed() {
    const text = this.input.value;
    if (!this.isOpen) this.#open();
    this.#filter = text;
    this.#find();
  }

  #find() {
    clearTimeout(this.#pause);
    const asked = ++this.#asked;
    const words = this.#filter.trim().toLowerCase();
    if (!this.search) {
      return this.#show(this.options.filter(({ text, note = "" }) => `${text} ${note}`.toLowerCase().includes(words)));
    }
    if (words.length < this.shortest) return this.#say(`Type ${this.shortest} or more characters…`);
    this.#say("Searching…");
    this.#pause = setTimeout(async () => {
      const found = await this.search(this.#filter);
      if (asked !== this.#asked) return;
      if (typeof found === "string") this.#say(found);
      else this.#show(found);
    }, words ? PAUSE_MS : 0);
    return undefined;
  }

  #say(words) {
    this.#found = [];
    this.#active = -1;
    this.list.replaceChildren(el("div", { class: "none", role: "status" }, words));
    this.input.removeAttribute("aria-activedescendant");
  }

  #show(found) {
    if (found.length === 0) return this.#say("Nothing matches.");
    this.#found = found;
    const chosen = new Set(this.chosen.map(({ value }) => value));
    const nodes = [];
    found.forEach((option, index) => {
      if (option.group && option.group !== found[index - 1]?.group) nodes.push(el("div", { class: "group" }, emojiText(option.group)));
      nodes.push(
        el(
          "div",
          { id: `${this.list.id}-${index}`, class: "option", role: "option", "aria-selected": String(chosen.has(option.value)), onclick: () => this.#take(index) },
          el("span", {}, emojiText(option.text), option.note && el("small", {}, emojiText(option.note))),
          chosen.has(option.value) && icon("check"),
        ),
      );
    });
    this.list.replaceChildren(...nodes);
    this.#go(this.#filter ? 0 : Math.max(0, found.findIndex(({ value }) => chosen.has(value))));
    return undefined;
  }

  #go(index) {
    this.list.querySelector(".active")?.classList.remove("active");
    this.#active = index;
    const node = document.getElementById(`${this.list.id}-${index}`);
    node?.classList.add("active");
    node?.scrollIntoView({ block: "nearest" });
    if (node) this.input.setAttribute("aria-activedescendant", node.id);
  }

  #take(index) {
    const option = this.#found[index];
    const others = this.chosen.filter(({ value }) => value !== option.value);
    const full = others.length === this.chosen.length && this.chosen.length >= this.most;
    if (!this.several) {
      this.#close();
      return this.#choose([option]);
    }
    if (full) return this.#say(`No more than ${this.most} can be chosen.`);
    this.#filter = "";
    this.#choose(others.length < this.chosen.length ? others : [...this.chosen, option]);
    return this.isOpen && this.#find();
  }

  // --- keys

  #onKey(event) {
    if (event.isComposing) return;
    if (this.#keyed(event.key)) {
      event.preventDefault();
      event.stopPropagation(); // Escape here closes the list, not what is around it
    }
  }

  #keyed(key) {
    const open = this.isOpen;
    const size = this.#found.length;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (!open) this.#open();
      else if (size) this.#go((this.#active + (key === "ArrowDown" ? 1 : size - 1)) % size);
    } else if (key === "Enter") {
      if (!open) return false; // Enter submits the form, as in any other field
      if (this.#active >= 0) this.#take(this.#active);
    } else if (key === "Escape" && open) this.#close();
    else if (key === "Backspace" && this.several && this.input.value === "" && this.chosen.length) this.#choose(this.chosen.slice(0, -1));
    else return false;
    return true;
  }
}
