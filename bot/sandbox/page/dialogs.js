// Questions that hold everything else until they are answered, in the browser's own <dialog>.

import { el } from "./dom.js";

/** Shows `body` under `title`; resolves to the form's data when it is confirmed, to null when it is not. */
export function ask({ title, body, confirm = "OK", deny = "Cancel", danger = false }) {
  return new Promise((resolve) => {
    const form = el(
      "form",
      { method: "dialog" },
      el("h2", { id: "dialog-title" }, title),
      el("div", { class: "dialog-body" }, body),
      el(
        "div",
        { class: "dialog-buttons" },
        el("button", { type: "button", class: "button", onclick: () => dialog.close() }, deny),
        el("button", { type: "submit", class: danger ? "button danger" : "button primary", value: "confirm" }, confirm),
      ),
    );
    const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "confirm" ? new FormData(form) : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
