// Block Kit's interactive elements. `scene` is where they stand: {reader, act(block_id, action_id, selected),
// suggest(block_id, action_id, query), initial?, onField?}; `act` resolves to null, or to a sentence about why
// the app did not take the click, `suggest` to options or to such a sentence.

import { ask } from "./dialogs.js";
import { el, safeUrl } from "./dom.js";
import { field } from "./fields.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { emojiText, mrkdwn } from "./mrkdwn.js";

const PAUSE_MS = 300;

/** An interactive element, or null where this page does not know its type. */
export function interactive(element, block, scene) {
  const warning = el("span", { class: "element-warning", role: "alert" });
  const make = BUTTONS[element?.type];
  if (make) {
    const press = (control, selected) => pressed(element, block, scene, control, selected, warning);
    return el("span", { class: "element" }, make(element, press, scene), warning);
  }
  const control = holding(element, block, scene, warning);
  return control && el("span", { class: "element" }, control.node, warning);
}

// --- what is pressed

/**
 * Asks if the element wants that, then acts; true if the app took it. The control rests while it waits, but
 * is not `disabled`: that would take the focus from it.
 */
async function pressed(element, block, scene, control, selected, warning) {
  if (control.ariaBusy === "true") return false;
  if (element.confirm && !(await confirmed(element.confirm, scene.reader))) return false;
  warning.replaceChildren();
  control.ariaBusy = control.ariaDisabled = "true";
  const problem = await scene.act(block.block_id, element.action_id, selected);
  control.ariaBusy = control.ariaDisabled = null;
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

const BUTTONS = {
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
      { note: option.description?.text },
    ];
    return menu("More actions", "button", (element.options ?? []).map(item));
  },

  feedback_buttons(element, press) {
    const thumb = (object, sign) =>
      object && signButton(object.accessibility_label ?? object.text?.text, sign, (control) => press(control, object.value));
    return el("span", { class: "signs" }, thumb(element.positive_button, "up-thumb"), thumb(element.negative_button, "down-thumb"));
  },

  icon_button: (element, press) =>
    signButton(element.accessibility_label ?? element.text?.text, element.icon === "trash" ? "trash" : "more", (control) => press(control)),
};

function signButton(label, sign, act) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick: ({ currentTarget }) => act(currentTarget) }, icon(sign));
}

function follow(url) {
  const href = url && safeUrl(url);
  if (href) window.open(href, "_blank", "noopener,noreferrer");
}

// --- what holds a value

/** The control of an element that tells the app of each change, or of none where its block is a silent input. */
function holding(element, block, scene, warning) {
  const tells = block.type !== "input" || block.dispatch_action === true;
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  let pause = 0;
  let settled;
  const tell = inOrder(async () => {
    if (!control.node.isConnected) return; // its window was sent or closed while the typing paused
    if (element.confirm && !(await confirmed(element.confirm, scene.reader))) {
      control.state = settled;
      return;
    }
    settled = control.state;
    control.node.setAttribute("aria-busy", "true");
    const problem = await scene.act(block.block_id, element.action_id, control.read());
    control.node.removeAttribute("aria-busy");
    warning.replaceChildren(...(problem ? [`⚠ ${problem}`] : []));
  });
  const changed = (how, event) => {
    scene.onChange?.(block.block_id);
    if (how === "choice" && control.read() === null) return; // a choice taken back is nothing to tell
    if (!tells || (how === "character" && !on.includes("on_character_entered"))) return;
    if (how === "enter" && !on.includes("on_enter_pressed")) return;
    if (how === "enter" && !element.multiline) event.preventDefault(); // tells the app instead of submitting
    clearTimeout(pause);
    if (how === "character") pause = setTimeout(tell, PAUSE_MS);
    else tell();
  };
  const control = field(
    element,
    {
      reader: scene.reader,
      given: scene.initial?.[block.block_id]?.[element.action_id],
      search: (query) => scene.suggest(block.block_id, element.action_id, query),
      optional: block.type === "input" && block.optional === true,
    },
    changed,
  );
  if (!control) return null;
  settled = control.state;
  scene.onField?.({ block, element, control });
  return control;
}

/** Runs `send` one at a time; whatever is asked for meanwhile becomes one more run. */
function inOrder(send) {
  let [busy, again] = [false, false];
  return async () => {
    again = true;
    if (busy) return;
    busy = true;
    while (again) {
      again = false;
      await send();
    }
    busy = false;
  };
}
