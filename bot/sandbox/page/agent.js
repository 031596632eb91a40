// What an agent shows beside its words: what it is doing, and what one may ask it.

import { el } from "./dom.js";

/** Draws what is suggested in a channel into `root`; `choose(text)` sends the one that is pressed. */
export function showSuggested(root, suggested, choose) {
  const key = JSON.stringify(suggested);
  root.hidden = !suggested;
  if (root.dataset.shows === key) return;
  root.dataset.shows = key;
  if (!suggested) return;
  root.replaceChildren(
    ...(suggested.title ? [el("span", { class: "quiet" }, suggested.title)] : []),
    ...suggested.prompts.map(({ title, message }) => el("button", { type: "button", class: "button", title: message, onclick: () => choose(message) }, title)),
  );
}

/** Says in `root` that the app, which has this `name`, is at work; the first of several loading messages stands for all. */
export function showWorking(root, status, name) {
  root.hidden = !status;
  if (status) root.textContent = `${name} ${status.loading[0] ?? status.words}`;
}
