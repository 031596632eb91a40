// What stands at the beginning of a channel: where one is, and what to try there.

import { el } from "./dom.js";

// The demo model answers each of these right: tests/demo_questions.py asks it.
const EXAMPLES = [
  ["Ask now", "What is a cache?"],
  ["Collect ideas", "Give me three ideas for a team lunch."],
  ["Sort messages", "Is this message happy or angry? I have waited two weeks and nobody answers!"],
  ["Ask every minute", "every minute Write a one-line reminder to stretch"],
  ["See what else it does", "help"],
];

/** The first thing in `channel`; `choose(text)` gets the example that was clicked. */
export function welcome(channel, workspace, choose) {
  const bot = workspace.bot?.real_name ?? "the bot";
  const title = channel.is_im ? `You and ${workspace.channelTitle(channel)}` : `Welcome to #${channel.name}`;
  const command = workspace.commands[0]?.command; // none where the app is not installed, and none for guests
  const begin = command ?? `@${workspace.bot?.name ?? "bot"}`;
  const how = command ? `Type / in the box below to talk to ${bot}` : `Mention ${bot} in the box below`;
  if (channel.is_archived) return el("section", { class: "welcome", "aria-label": title }, el("h2", {}, title));
  return el(
    "section",
    { class: "welcome", "aria-label": title },
    el("h2", {}, title),
    el("p", {}, `${how}, or begin with one of these and press Enter:`),
    el(
      "div",
      { class: "examples" },
      EXAMPLES.map(([what, words]) => {
        const text = `${begin} ${words}`;
        return el("button", { type: "button", class: "example", onclick: () => choose(text) }, el("span", {}, what), el("code", {}, text));
      }),
    ),
    workspace.hint && el("p", { class: "hint" }, workspace.hint.split("`").map((words, i) => (i % 2 ? el("code", {}, words) : words))),
  );
}
