// A button that opens a short list of things to do.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { keepAt, placeAt } from "./popup.js";

/** `items`, or what they return when the menu opens, are [words, act(button), {note, danger}?]. */
export function menu(label, style, items, sign = "more") {
  const button = el(
    "button",
    { type: "button", class: style, "aria-label": label, title: label, "aria-haspopup": "menu", "aria-expanded": "false" },
    icon(sign),
  );
  const list = el("div", { class: "menu", role: "menu", popover: "auto", onkeydown: (event) => onKey(event, list) });
  let leave = () => {};
  list.addEventListener("beforetoggle", ({ newState }) => {
    leave();
    if (newState !== "open") return;
    const offered = typeof items === "function" ? items() : items;
    list.replaceChildren(...offered.map((item) => choice(item, list, button)));
    placeAt(list, button);
    leave = keepAt(list, button);
  });
  list.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", String(newState === "open"));
    if (newState === "open") list.querySelector("button")?.focus();
  });
  button.popoverTargetElement = list;
  return el("span", { class: "menu-of" }, button, list);
}

function choice([words, act, { note, danger } = {}], list, button) {
  const chosen = () => {
    list.hidePopover(); // gives the focus back to the button
    act(button);
  };
  return el(
    "button",
    { type: "button", role: "menuitem", class: danger ? "danger" : null, onclick: chosen },
    words,
    note && el("small", {}, note),
  );
}

const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: 0, End: -1 };

function onKey(event, list) {
  if (event.key === "Tab") return list.hidePopover();
  if (!Object.hasOwn(STEPS, event.key)) return undefined;
  event.preventDefault();
  const items = [...list.querySelectorAll("button")];
  const from = event.key.startsWith("Arrow") ? items.indexOf(document.activeElement) : 0;
  return items.at((from + STEPS[event.key]) % items.length)?.focus();
}
