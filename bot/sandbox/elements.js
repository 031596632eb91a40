// Block Kit's interactive elements. `scene` is where they stand: {reader, act(block_id, action_id, selected)},
// and `act` resolves to null or to the reason why the app did not take the click.

import { ask } from "./dialogs.js";
import { el, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { emojiText, mrkdwn, textObject } from "./mrkdwn.js";

const REASONS = {
  operation_timeout: "The app did not answer in time.",
  dispatch_failed: "The app did not take this click.",
};

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
  const error = await scene.act(block.block_id, element.action_id, selected);
  control.disabled = false;
  control.removeAttribute("aria-busy");
  if (focused && document.activeElement === document.body) control.focus();
  if (error) warning.append(`⚠ ${REASONS[error] ?? `This did not work: ${error}.`}`);
  return !error;
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
    const href = element.url && safeUrl(element.url);
    return el(
      "button",
      {
        type: "button",
        class: `button${style}`,
        "aria-label": element.accessibility_label,
        onclick: async (event) => {
          const control = event.currentTarget;
          if (href && !element.confirm) window.open(href, "_blank", "noopener,noreferrer");
          if ((await press(control)) && href && element.confirm) window.open(href, "_blank", "noopener,noreferrer");
        },
      },
      emojiText(element.text?.text ?? ""),
    );
  },

  overflow(element, press) {
    const menu = el("details", { class: "overflow" });
    const items = (element.options ?? []).map((option) =>
      el(
        "button",
        {
          type: "button",
          onclick: (event) => {
            menu.open = false;
            menu.firstChild.focus();
            if (option.url && safeUrl(option.url)) window.open(safeUrl(option.url), "_blank", "noopener,noreferrer");
            press(event.currentTarget, option.value);
          },
        },
        emojiText(option.text?.text ?? ""),
      ),
    );
    menu.append(el("summary", { class: "button", "aria-label": "More actions" }, icon("more")), el("div", { class: "menu" }, items));
    closeLikeAMenu(menu);
    return menu;
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

/** Closes a <details> menu on Escape and when the focus or a click leaves it. */
export function closeLikeAMenu(menu) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
  });
  menu.addEventListener("toggle", () => {
    const outside = (event) => {
      if (menu.contains(event.target) && menu.open) return;
      menu.open = false;
      document.removeEventListener("pointerdown", outside);
    };
    if (menu.open) document.addEventListener("pointerdown", outside);
  });
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
