// What stands at the beginning of a channel: where one is, and three commands to try.

import { el } from "./dom.js";

const EXAMPLES = [
  ["Ask now", "/precache What is a cache?"],
  ["Ask every minute", "/precache every minute Tell me a fun fact"],
  ["See what else it does", "/precache help"],
];

/** The first thing in `channel`; `choose(text)` gets the example that was clicked. */
export function welcome(channel, workspace, choose) {
  const bot = workspace.bot?.real_name ?? "the bot";
  const title = channel.is_im ? `You and ${workspace.channelTitle(channel)}` : `Welcome to #${channel.name}`;
  return el(
    "section",
    { class: "welcome", "aria-label": title },
    el("h2", {}, title),
    el("p", {}, `Type / in the box below to talk to ${bot}, or begin with one of these and press Enter:`),
    el(
      "div",
      { class: "examples" },
      EXAMPLES.map(([what, command]) =>
        el("button", { type: "button", class: "example", onclick: () => choose(command) }, el("span", {}, what), el("code", {}, command)),
      ),
    ),
  );
}
