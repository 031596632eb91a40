// A person's stack of modal views in one dialog: the last one is shown, those under it keep what was typed.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { post, sentence } from "./server.js";
import { emojiText } from "./mrkdwn.js";
import { reconcile } from "./reconcile.js";
import { ViewBody } from "./viewbody.js";

const TROUBLE = new Set(["operation_timeout", "dispatch_failed", "invalid_response"]);

export class Modal {
  /** `sceneOf(viewId, values)` says what a view's elements do, `me()` who fills it in. */
  constructor({ sceneOf, me }) {
    Object.assign(this, { sceneOf, me });
    this.sheets = new Map();
    this.dialog = null;
  }

  /** Shows the stack, bottom first; an empty one closes the dialog. */
  show(views) {
    this.sheets = new Map(views.map((view) => [view.id, this.sheets.get(view.id) ?? this.#sheet(view)]));
    for (const view of views) this.sheets.get(view.id).show(view);
    const top = [...this.sheets.values()].at(-1);
    if (!top) return this.#leave();
    this.dialog ??= this.#makeDialog();
    const before = [...this.dialog.children].find((node) => !node.hidden);
    if (before !== top.node && before?.contains(document.activeElement)) this.#left.set(before, document.activeElement);
    for (const { node } of this.sheets.values()) node.hidden = node !== top.node;
    reconcile(this.dialog, [...this.sheets.values()].map(({ node }) => node));
    this.dialog.setAttribute("aria-labelledby", top.titleId);
    if (!this.dialog.open) this.dialog.showModal();
    if (before === top.node) return undefined;
    return (this.#left.get(top.node) ?? top.first())?.focus();
  }

  #left = new WeakMap(); // where the focus was in a sheet that another one covered

  #sheet(view) {
    return new Sheet(view, { scene: (values) => this.sceneOf(view.id, values), close: (all) => this.#close(all), me: this.me });
  }

  #makeDialog() {
    const dialog = el("dialog", {
      class: "modal",
      oncancel: (event) => {
        if (event.target !== dialog) return;
        event.preventDefault();
        this.#close(true);
      },
      onkeydown: (event) => {
        if (event.key !== "Escape" || dialog.querySelector(":popover-open")) return;
        event.preventDefault();
        this.#close(true);
      },
      onclose: () => this.dialog === dialog && this.#close(true), // a browser may close it without asking
    });
    document.body.append(dialog);
    return dialog;
  }

  #leave() {
    const { dialog } = this;
    this.dialog = null;
    dialog?.close();
    dialog?.remove();
  }

  async #close(all) {
    const top = [...this.sheets.values()].at(-1);
    if (!top) return;
    const answer = await post("close", { user: this.me(), view_id: top.view.id, all });
    if (!answer.ok && answer.error !== "view_not_found") top.say(sentence(answer.error));
  }
}

let count = 0;

class Sheet {
  constructor(view, { scene, close, me }) {
    Object.assign(this, { view, me });
    this.titleId = `modal-title-${++count}`;
    this.title = el("h2", { id: this.titleId, tabindex: -1 });
    this.banner = el("p", { class: "banner", role: "alert", hidden: true });
    const blocks = el("div", { class: "blocks" });
    this.body = new ViewBody(blocks, scene(() => this.body.values));
    this.scroller = el("div", { class: "modal-scroller" }, this.banner, blocks);
    this.closer = el("button", { type: "button", class: "button", onclick: () => close(false) });
    this.sender = el("button", { type: "submit", class: "button primary" });
    this.node = el(
      "form",
      {
        class: "sheet",
        novalidate: true,
        onsubmit: (event) => { event.preventDefault(); this.#submit(); },
        onkeydown: (event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.node.requestSubmit();
        },
      },
      el(
        "header",
        { class: "modal-header" },
        el("img", { src: "/sandbox/icon.svg", alt: "", width: 24, height: 24 }),
        this.title,
        el("button", { type: "button", class: "icon-button", "aria-label": "Close this dialog", title: "Close", onclick: () => close(true) }, icon("close")),
      ),
      this.scroller,
      el("footer", { class: "modal-buttons" }, this.closer, this.sender),
    );
  }

  show(view) {
    const changed = view.hash !== this.shownHash;
    this.view = view;
    if (this.#busy === "stack") this.#rest(false);
    if (!changed) return;
    this.shownHash = view.hash;
    this.title.textContent = emojiText(view.title?.text ?? "");
    this.closer.textContent = emojiText(view.close?.text ?? "Close");
    this.sender.textContent = emojiText(view.submit?.text ?? "");
    this.sender.hidden = !view.submit;
    this.body.show(view);
  }

  /** Where one begins to type: what the app wants, or the first field; on a phone nothing, for the keyboard's sake. */
  first() {
    const wanted = this.body.fields.find(({ element }) => element.focus_on_load);
    if (!wanted && matchMedia("(pointer: coarse)").matches) return this.title;
    return (wanted ?? this.body.fields[0])?.control.target ?? this.title;
  }

  say(words) {
    this.banner.textContent = words;
    this.banner.hidden = !words;
    if (words) this.scroller.scrollTop = 0;
  }

  #busy = null; // "answer": the app is asked; "stack": it took it, and what comes of it is on its way

  #rest(busy) {
    this.#busy = busy || null;
    this.sender.ariaBusy = this.sender.ariaDisabled = busy ? "true" : null; // `disabled` would take the focus from it
  }

  async #submit() {
    if (this.#busy || !this.view.submit) return;
    this.say("");
    this.body.blame({});
    const { hash } = this.view;
    this.#rest("answer");
    const answer = await post("submit", { user: this.me(), view_id: this.view.id, values: this.body.values });
    this.#rest(answer.ok && this.view.hash === hash ? "stack" : false);
    if (answer.ok) return;
    if (answer.error === "invalid_input") {
      if (!this.body.blame(answer.errors)) this.say(Object.values(answer.errors).join(" "));
    } else this.say(TROUBLE.has(answer.error) ? "We had some trouble connecting. Try again?" : sentence(answer.error));
  }
}
