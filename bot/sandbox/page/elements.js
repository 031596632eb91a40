// Block Kit's interactive elements. `scene` is where they stand: {reader, act(block_id, action_id, selected)},
// and `act` resolves to null, or to a sentence about why the app did not take the click.

import { ask } from "./dialogs.js";
import { el, safeUrl } from "./dom.js";
import { menu } from "./menu.js";
import { emojiText, mrkdwn, textObject } from "./mrkdwn.js";

/** An interactive element, or null where this page does not know its type. */
export function interactive(element, block, scene) {
  const make = MAKERS[element?.type];
  if (!make) return null;
  const warning = el("span", { class: "element-warning", role: "alert" });
  const press = (control, selected) => pressed(element, block, scene, control, selected, warning);
  return el("span", { class: "element" }, make(element, press, scene), warning);
}

/** Asks if the element wants that, then acts; true if the app took it. The control rests while it waits. */
async function pressed(element, block, scene, control, selected, warning) {
  if (element.confirm && !(await confirmed(element.confirm, scene.reader))) return false;
  const focused = document.activeElement === control;
  control.disabled = true;
  control.setAttribute("aria-busy", "true");
  warning.replaceChildren();
  const problem = await scene.act(block.block_id, element.action_id, selected);
  control.disabled = false;
  control.removeAttribute("aria-busy");
  if (focused && document.activeElement === document.body) control.focus();
  if (problem) warning.append(`⚠ ${problem}`);
  return !problem;
}

async function confirmed(object, reader) {
  const answer = await ask({
    title: object.title?.text ?? "Are you sure?",
    body: object.text?.type === "mrkdwn" ? mrkdwn(object.text.text, reader) : (object.text?.text ?? ""),
    confirm: object.confirm?.text ?? "Yes",
    deny: object.deny?.text ?? "Cancel",
    danger: object.style === "danger",
  });
  return answer !== null;
}

const MAKERS = {
  button(element, press) {
    const style = ["primary", "danger"].includes(element.style) ? ` ${element.style}` : "";
    return el(
      "button",
      {
        type: "button",
        class: `button${style}`,
        "aria-label": element.accessibility_label,
        onclick: async ({ currentTarget }) => {
          if (!element.confirm) follow(element.url); // at once: later, browsers take it for an advertisement
          if ((await press(currentTarget)) && element.confirm) follow(element.url);
        },
      },
      emojiText(element.text?.text ?? ""),
    );
  },

  overflow(element, press) {
    const item = (option) => [
      emojiText(option.text?.text ?? ""),
      (control) => {
        follow(option.url);
        press(control, option.value);
      },
    ];
    return menu("More actions", "button", (element.options ?? []).map(item));
  },

  static_select: (element, press) => select(element, press, flatOptions(element), element.initial_option?.value),
  users_select: (element, press, { reader }) => select(element, press, reader.people(), element.initial_user),
  channels_select: (element, press, { reader }) => select(element, press, reader.channels(), element.initial_channel),
  conversations_select: (element, press, { reader }) =>
    select(element, press, reader.channels(), element.initial_conversation),

  radio_buttons: (element, press, scene) => choices("radio", element, press, scene),
  checkboxes: (element, press, scene) => choices("checkbox", element, press, scene),

  datepicker: (element, press) => picker("date", element.initial_date, element, press),
  timepicker: (element, press) => picker("time", element.initial_time, element, press),
};

function follow(url) {
  const href = url && safeUrl(url);
  if (href) window.open(href, "_blank", "noopener,noreferrer");
}

function flatOptions(element) {
  const groups = element.option_groups ?? [{ options: element.options ?? [] }];
  return groups.flatMap(({ options }) => options.map((option) => ({ value: option.value, text: option.text?.text ?? "" })));
}

function select(element, press, options, initial) {
  const placeholder = element.placeholder?.text ?? "Choose…";
  const known = options.some(({ value }) => value === initial);
  return el(
    "select",
    { class: "button", "aria-label": placeholder, onchange: ({ currentTarget }) => press(currentTarget, currentTarget.value) },
    !known && el("option", { value: "", disabled: true, selected: true }, emojiText(placeholder)),
    options.map(({ value, text }) => el("option", { value, selected: value === initial }, emojiText(text))),
  );
}

function choices(type, element, press, { reader }) {
  const initial = [element.initial_option, ...(element.initial_options ?? [])].map((option) => option?.value);
  const group = el("fieldset", { class: "choices" });
  const changed = () => {
    const chosen = [...group.querySelectorAll("input:checked")].map((input) => input.value);
    press(group, type === "radio" ? chosen[0] : chosen);
  };
  for (const { value, text, description } of element.options ?? []) {
    const input = el("input", { type, value, name: element.action_id, checked: initial.includes(value), onchange: changed });
    const note = description && el("small", {}, " ", textObject(description, reader));
    group.append(el("label", {}, input, textObject(text, reader), note));
  }
  return group;
}

function picker(type, value, element, press) {
  return el("input", {
    type,
    value,
    class: "button",
    "aria-label": element.placeholder?.text ?? `Choose a ${type}`,
    onchange: ({ currentTarget }) => currentTarget.value && press(currentTarget, currentTarget.value),
  });
}
