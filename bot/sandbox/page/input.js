// An input block: its label, its element, its hint, and what is wrong with it.

import { el } from "./dom.js";
import { interactive } from "./elements.js";
import { emojiText } from "./mrkdwn.js";

let count = 0;

/** The block's children, or null where this page does not know its element. */
export function inputBlock(block, scene) {
  const id = `input-${++count}`;
  const label = el(
    "label",
    { id: `${id}-label`, class: "input-label" },
    emojiText(block.label?.text ?? ""),
    block.optional === true && el("span", { class: "optional" }, " (optional)"),
  );
  const hint = block.hint && el("p", { id: `${id}-hint`, class: "hint" }, emojiText(block.hint.text));
  const problem = el("p", { id: `${id}-problem`, class: "field-problem" });
  let counter = null;
  const onField = (found) => {
    const { target } = found.control;
    counter = found.control.counter;
    label.htmlFor = target.id = id;
    target.setAttribute("aria-labelledby", label.id);
    target.setAttribute("aria-describedby", [problem.id, hint?.id].filter(Boolean).join(" "));
    if (block.optional !== true && target.matches("input, textarea")) target.setAttribute("aria-required", "true");
    scene.onField?.({ ...found, complain: (sentence) => complain(target, problem, sentence) });
  };
  const node = interactive(block.element, block, { ...scene, onField });
  return node && [el("div", { class: "input-head" }, label, counter), node, problem, hint];
}

function complain(target, problem, sentence) {
  problem.textContent = sentence ?? "";
  if (sentence) target.setAttribute("aria-invalid", "true");
  else target.removeAttribute("aria-invalid");
}
