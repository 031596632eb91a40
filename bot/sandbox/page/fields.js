// The elements that hold a value. Each is a control: {node, target, read(), state, counter?}: `target` is what
// a label names, `read()` the value as the server takes it (null for nothing), `state` what survives an update.

import { Combobox } from "./combobox.js";
import { el } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { epoch, wallTime } from "./zone.js";

/**
 * The control for `element`, or null where it holds no value. `scene` is {reader, search(text), given, optional}:
 * `search` finds options that the app offers, `given` is the value the server begins with;
 * `changed(how)` hears of a "choice", a "character" or an "enter".
 */
export function field(element, scene, changed) {
  return FIELDS[element?.type]?.(element, scene, changed) ?? null;
}

const FIELDS = {
  plain_text_input: text("text"),
  email_text_input: text("email"),
  url_text_input: text("url"),
  number_input: text("decimal"),

  static_select: select({ offered: flatOptions, initial: "initial_option" }),
  external_select: select({ initial: "initial_option" }),
  users_select: select({ offered: (_, reader) => reader.people(), initial: "initial_user" }),
  channels_select: select({ offered: (_, reader) => reader.conversations(["public"]), initial: "initial_channel" }),
  conversations_select: select({ offered: conversations, initial: "initial_conversation" }),

  multi_static_select: select({ offered: flatOptions, initial: "initial_options", several: true }),
  multi_external_select: select({ initial: "initial_options", several: true }),
  multi_users_select: select({ offered: (_, reader) => reader.people(), initial: "initial_users", several: true }),
  multi_channels_select: select({ offered: (_, reader) => reader.conversations(["public"]), initial: "initial_channels", several: true }),
  multi_conversations_select: select({ offered: conversations, initial: "initial_conversations", several: true }),

  radio_buttons: choices("radio"),
  checkboxes: choices("checkbox"),

  datepicker: (element, scene, changed) => picker("date", element, element.initial_date ?? "", changed),
  timepicker: (element, scene, changed) => picker("time", element, element.initial_time ?? "", changed),
  datetimepicker(element, { reader }, changed) {
    const initial = element.initial_date_time ? wallTime(element.initial_date_time, reader.zone) : "";
    const control = picker("datetime-local", element, initial, changed);
    const { read } = control;
    return { ...stateful(control), read: () => (read() === null ? null : epoch(read(), reader.zone)) };
  },
};

// A spread would copy the value of `state`, not its getter and setter.
function stateful(control) {
  return Object.defineProperty({ ...control }, "state", Object.getOwnPropertyDescriptor(control, "state"));
}

// --- text

const TALLEST_PX = 320;
const LONGEST = 3000;

/** How long a text may be, and whether that is shown: where the app set a limit, or Slack's own is near. */
function limitOf({ max_length: set }, length) {
  const most = set ?? LONGEST;
  return { most, shown: set !== undefined || length > most - 100 };
}

function text(mode) {
  return (element, scene, changed) => {
    const counter = el("span", { class: "counter" });
    const target = el(element.multiline ? "textarea" : "input", {
      class: "text-field",
      type: element.multiline ? null : "text",
      inputmode: mode,
      rows: element.multiline ? 4 : null,
      placeholder: element.placeholder?.text,
      autocomplete: "off",
      oninput: () => (shown(), changed("character")),
      onkeydown: (event) => event.key === "Enter" && !event.isComposing && changed("enter", event),
    });
    const shown = () => {
      const { length } = [...target.value]; // an emoji is one character, not two
      const limit = mode === "text" ? limitOf(element, length) : { shown: false };
      counter.textContent = limit.shown ? `${length} / ${limit.most}` : "";
      counter.classList.toggle("over", length > limit.most);
      if (element.multiline && target.scrollHeight > target.clientHeight) {
        target.style.height = `${Math.min(target.scrollHeight + 2, TALLEST_PX)}px`;
      }
    };
    const control = {
      node: target,
      target,
      counter,
      read: () => target.value || null,
      get state() { return target.value; },
      set state(value) { target.value = value; shown(); },
    };
    control.state = element.initial_value ?? "";
    return control;
  };
}

// --- one or several of many

/** The options of an element, or of an answer that has such, as a combobox shows them. */
export function flatOptions(element) {
  const groups = element.option_groups ?? [{ options: element.options ?? [] }];
  return groups.flatMap(({ label, options }) => options.map((option) => flatOption(option, label)));
}

function flatOption({ value, text: words, description }, label = null) {
  return { value, text: words?.text ?? "", note: description?.text, group: label?.text };
}

function conversations({ filter = {} }, reader) {
  return reader.conversations(filter.include);
}

function select({ offered = null, initial, several = false }) {
  return (element, { reader, search, given, optional }, changed) => {
    const options = offered?.(element, reader) ?? null;
    const begin = [element[initial] ?? (element.default_to_current_conversation ? given : null)].flat().filter(Boolean);
    const asOption = (choice) => (typeof choice === "object" ? flatOption(choice) : options.find(({ value }) => value === choice));
    const box = new Combobox({
      options,
      search: options ? null : search,
      shortest: options ? 0 : (element.min_query_length ?? 3),
      most: several ? (element.max_selected_items ?? 100) : 1,
      several,
      placeholder: element.placeholder?.text ?? (several ? "Choose some…" : "Choose…"),
      clearable: optional,
      chosen: begin.map(asOption).filter(Boolean),
      changed: () => changed("choice"),
    });
    return {
      node: box.node,
      target: box.input,
      read() {
        const values = box.chosen.map(({ value }) => value);
        return several ? values : (values[0] ?? null);
      },
      get state() { return box.chosen; },
      set state(chosen) {
        const still = options ? chosen.map(({ value }) => options.find((option) => option.value === value)).filter(Boolean) : chosen;
        if (still.length || !chosen.length) box.set(still);
      },
    };
  };
}

// --- a few, all of them in view

let groups = 0;

function choices(type) {
  return (element, { reader }, changed) => {
    const initial = [element.initial_option, ...(element.initial_options ?? [])].map((option) => option?.value);
    const name = `choices-${++groups}`;
    const group = el("fieldset", { class: "choices", role: type === "radio" ? "radiogroup" : "group" });
    for (const { value, text: words, description } of element.options ?? []) {
      const input = el("input", { type, value, name, checked: initial.includes(value), onchange: () => changed("choice") });
      const note = description && el("small", {}, textObject(description, reader));
      group.append(el("label", {}, input, el("span", {}, textObject(words, reader), note)));
    }
    const chosen = () => [...group.querySelectorAll("input:checked")].map((input) => input.value);
    return {
      node: group,
      target: group,
      read: () => (type === "radio" ? (chosen()[0] ?? null) : chosen()),
      get state() { return chosen(); },
      set state(values) { for (const input of group.querySelectorAll("input")) input.checked = values.includes(input.value); },
    };
  };
}

function picker(type, element, initial, changed) {
  const words = element.placeholder?.text ?? `Choose a ${type === "datetime-local" ? "date and time" : type}`;
  const target = el("input", { type, value: initial, class: "text-field picker", "aria-label": words, title: words, onchange: () => changed("choice") });
  return {
    node: target,
    target,
    read: () => target.value || null,
    get state() { return target.value; },
    set state(value) { target.value = value; },
  };
}
