// The column on the left: which channel, and who one is.

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { avatar } from "./messages.js";

/** Fills `root`; `place.channel` is the open one, `isUnread(channel)` puts a dot, the rest are clicks and menus. */
export function showSidebar(root, workspace, { place, isUnread, createChannel, forPeople, become }) {
  if (root.querySelector(":popover-open")) return; // a menu that is open is not pulled away from under the pointer
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const channels = workspace.places;
  const row = (channel) => channelRow(channel, workspace, channel.id === place.channel, isUnread(channel.id));
  root.replaceChildren(
    el(
      "div",
      { class: "team" },
      el("img", { src: "/sandbox/icon.svg", alt: "", width: 32, height: 32 }),
      el("strong", {}, workspace.team.name),
      workspace.teams.length > 1 && menu("Workspaces", "icon-button", workspace.teams.map((team) => teamItem(team, workspace, become)), "down"),
    ),
    el(
      "div",
      { class: "places" },
      el(
        "div",
        { class: "places-title" },
        el("h2", { id: "channels-title" }, "Channels"),
        el("button", { type: "button", class: "icon-button", "data-key": "create", "aria-label": "New channel", title: "New channel", onclick: createChannel }, icon("plus")),
      ),
      el("ul", { "aria-labelledby": "channels-title" }, channels.filter((channel) => !channel.is_im).map(row)),
      el("h2", { id: "direct-title" }, "Direct messages"),
      el("ul", { "aria-labelledby": "direct-title" }, channels.filter((channel) => channel.is_im).map(row)),
    ),
    el(
      "div",
      { class: "people", role: "group", "aria-labelledby": "people-title" },
      el("div", { class: "places-title" }, el("h2", { id: "people-title" }, "You are"), menu("People", "icon-button", forPeople)),
      workspace.people.map((user) => personButton(user, user.id === workspace.me, become)),
    ),
  );
  if (focused) root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function teamItem({ id, name, user, installed }, workspace, become) {
  const notes = [id === workspace.team.id && "you are here", !installed && "app not installed"].filter(Boolean);
  return [name, () => become(user), { note: notes.join(", ") }];
}

function channelRow(channel, workspace, current, unread) {
  const sign = channel.is_im ? avatar(workspace.users.get(channel.with)) : el("span", { class: "sign" }, icon(channel.is_private ? "lock" : "hash"));
  const marks = [channel.is_private && !channel.is_im && "private", channel.is_archived && "archived", unread && "unread"].filter(Boolean);
  return el(
    "li",
    {},
    el(
      "a",
      {
        href: `#${channel.id}`,
        "data-key": channel.id,
        class: [channel.is_archived && "archived", unread && "unread"].filter(Boolean).join(" "),
        "aria-current": current ? "page" : null,
      },
      sign,
      el("span", { class: "place-name" }, workspace.channelTitle(channel)),
      channel.is_archived && el("span", { class: "mark", "aria-hidden": "true" }, "archived"),
      marks.length > 0 && el("span", { class: "visually-hidden" }, `(${marks.join(", ")})`),
      unread && el("span", { class: "dot", "aria-hidden": "true" }),
    ),
  );
}

function personButton(user, current, become) {
  return el(
    "button",
    { type: "button", class: "person", "data-key": user.id, "aria-pressed": current ? "true" : "false", onclick: () => become(user.id) },
    avatar(user),
    el("span", { class: "person-name" }, user.real_name, el("small", {}, user.is_stranger ? "external" : user.is_guest ? "guest" : user.tz.replaceAll("_", " "))),
    current && icon("check"),
  );
}
