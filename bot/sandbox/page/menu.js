// A button that opens a short list of things to do.

import { el } from "./dom.js";
import { icon } from "./icons.js";

/** `items` are [label, act(button)]; closes on Escape, and when a click or the focus goes elsewhere. */
export function menu(label, style, items) {
  const summary = el("summary", { class: style, "aria-label": label, title: label }, icon("more"));
  const node = el("details", { class: "overflow" }, summary);
  const close = () => {
    node.open = false;
    summary.focus();
  };
  const choice = ([text, act]) =>
    el("button", { type: "button", onclick: ({ currentTarget }) => { close(); act(currentTarget); } }, text);
  const outside = ({ target }) => {
    if (!node.contains(target)) node.open = false;
  };
  node.append(el("div", { class: "menu" }, items.map(choice)));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !node.open) return;
    event.preventDefault();
    close();
  });
  node.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && outside({ target: relatedTarget }));
  node.addEventListener("toggle", () => {
    if (node.open) document.addEventListener("pointerdown", outside);
    else document.removeEventListener("pointerdown", outside);
  });
  return node;
}
