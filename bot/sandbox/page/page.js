// Wires the page: the workspace as one user sees it, the place that is open, and what a person does there.

import { Composer } from "./composer.js";
import { ask } from "./dialogs.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { MessageList, plural } from "./messages.js";
import { hashOf, placeIn } from "./place.js";
import { fetchState, follow, post, sentence } from "./server.js";
import { showSidebar } from "./sidebar.js";
import { welcome } from "./welcome.js";
import { Workspace, isReply } from "./workspace.js";

const $ = (id) => document.getElementById(id);
const AGAIN_MS = 1500;

let workspace = null;
let place = { channel: null, message: null, thread: null };
let stopFollowing = () => {};
let loading = null; // events that arrive while the state is on its way

// --- who reads, and what a click in a message does

const reader = {
  get me() { return workspace.me; },
  get zone() { return workspace.user.tz; },
  userName: (id) => workspace.users.get(id)?.real_name ?? null,
  channelName: (id) => workspace.channels.get(id)?.name ?? null,
  openChannel: (id) => go({ channel: id }),
  people: () => workspace.people.map(({ id, real_name: text }) => ({ value: id, text })),
  channels: () =>
    workspace.places.filter(({ is_im: im }) => !im).map(({ id, name }) => ({ value: id, text: `#${name}` })),
};

const scene = (message) => ({
  reader,
  async act(blockId, actionId, selected) {
    const click = { user: workspace.me, channel: message.channel, message_ts: message.ts, block_id: blockId, action_id: actionId, selected };
    const answer = await post("act", click);
    return answer.ok ? null : sentence(answer.error);
  },
});

const shared = {
  scene,
  permalink: (message) => hashOf({ channel: message.channel, message: message.ts }),
};
const list = new MessageList({ ...shared, scroller: $("scroller"), list: $("list"), openThread });
const replies = new MessageList({ ...shared, scroller: $("thread-scroller"), list: $("thread-list") });

const composer = new Composer({ root: $("compose"), id: "composer", send: (text) => send(text), commands: () => workspace.commands });
const threadComposer = new Composer({
  root: $("thread-compose"),
  id: "thread-composer",
  send: (text) => send(text, place.thread),
  commands: () => [], // Slack takes no slash commands in threads
});

async function send(text, thread = undefined) {
  (thread ? replies : list).toBottom();
  const answer = await post("send", { user: workspace.me, channel: place.channel, text, thread_ts: thread });
  return answer.ok ? null : sentence(answer.error);
}

// --- where we are

function go(target) {
  toggleMenu(false);
  if (hashOf(target) === location.hash) arrive();
  else location.hash = hashOf(target);
}

function openThread(message) {
  go({ channel: message.channel, thread: isReply(message) ? message.thread_ts : message.ts });
}

function arrive() {
  if (!workspace) return;
  toggleMenu(false);
  const before = place;
  place = placeIn(location.hash);
  if (!workspace.channels.has(place.channel)) {
    place = { channel: workspace.places[0]?.id ?? null, message: null, thread: null };
    history.replaceState(null, "", hashOf(place));
  }
  const aimed = place.message && workspace.message(place.channel, place.message);
  if (aimed && isReply(aimed)) place.thread = aimed.thread_ts;
  render();
  if (place.channel !== before.channel) list.toBottom();
  if (place.thread && place.thread !== before.thread) replies.toBottom();
  if (aimed) show(aimed);
  else if (place.thread && place.thread !== before.thread) threadComposer.box.focus();
  else if (place.channel !== before.channel && !matchMedia("(pointer: coarse)").matches) composer.box.focus();
}

function show(message) {
  const row = (isReply(message) ? replies : list).rows.get(message.ts)?.node;
  if (!row) return;
  row.scrollIntoView({ block: "center" });
  row.focus({ preventScroll: true });
  row.classList.add("aimed");
  row.addEventListener("animationend", () => row.classList.remove("aimed"), { once: true });
}

// --- what is read: kept in this browser, for each user

function readMarks() {
  const stored = localStorage.getItem(`precache.read.${workspace.me}`);
  if (stored) return JSON.parse(stored);
  return Object.fromEntries([...workspace.channels.keys()].map((id) => [id, workspace.lastTs(id)]));
}

function markRead() {
  const marks = readMarks();
  if (document.visibilityState === "visible") marks[place.channel] = workspace.lastTs(place.channel);
  localStorage.setItem(`precache.read.${workspace.me}`, JSON.stringify(marks));
}

const isUnread = (id) => workspace.isUnread(id, readMarks()[id] ?? "0");

// --- drawing

function render() {
  const channel = workspace.channels.get(place.channel);
  markRead();
  showSidebar($("sidebar"), workspace, { place, isUnread, createChannel, become });
  $("app").hidden = false;
  $("starting").hidden = true;
  const unread = [...workspace.channels.keys()].some(isUnread);
  const title = workspace.channelTitle(channel);
  document.title = `${unread ? "• " : ""}${channel.is_im ? "" : "#"}${title} · ${workspace.team.name}`;
  $("title").replaceChildren(...(channel.is_im ? [] : [icon(channel.is_private ? "lock" : "hash")]), title);
  $("topic").textContent = channel.is_im ? "" : channel.topic;
  $("menu").classList.toggle("unread", unread);
  showTools(channel);
  showNotice(channel);
  $("compose").hidden = channel.is_archived;
  composer.open(`${workspace.me}/${channel.id}`, `Message ${channel.is_im ? title : `#${title}`}, or type /`);
  list.show([intro(channel), ...workspace.timeline(channel.id)], workspace);
  showThread(channel);
}

const intros = new Map();

function intro(channel) {
  const key = `${workspace.me}/${channel.id}/${channel.name}`;
  if (!intros.has(key)) intros.set(key, welcome(channel, workspace, (text) => composer.fill(text)));
  return intros.get(key);
}

function showThread(channel) {
  $("thread").hidden = !place.thread;
  $("app").classList.toggle("with-thread", Boolean(place.thread));
  if (!place.thread) return;
  const parent = workspace.message(channel.id, place.thread);
  const answers = workspace.replies(channel.id, place.thread);
  const count = answers.length ? plural(answers.length, "reply", "replies") : "No reply yet";
  const head = parent ?? el("p", { class: "quiet" }, "The message that began this thread is not here any more.");
  $("thread-channel").textContent = channel.is_im ? workspace.channelTitle(channel) : `#${channel.name}`;
  replies.show([head, el("div", { class: "day", role: "separator" }, el("span", {}, count)), ...answers], workspace, { threads: false });
  $("thread-compose").hidden = channel.is_archived;
  threadComposer.open(`${workspace.me}/${channel.id}/${place.thread}`, "Reply…");
}

function showTools(channel) {
  const key = `${channel.id}/${channel.is_archived}`;
  if ($("tools").dataset.shows === key) return;
  $("tools").dataset.shows = key;
  const words = channel.is_archived ? "Unarchive this channel" : "Archive this channel";
  const archive = () => change("archive", { channel: channel.id, archived: !channel.is_archived });
  $("tools").replaceChildren(...(channel.is_im ? [] : [menu("Channel menu", "icon-button", [[words, archive]])]));
}

function showNotice(channel) {
  const bot = workspace.bot?.real_name ?? "The bot";
  const notices = [];
  if (channel.is_archived) notices.push(["This channel is archived: nobody can post here.", "Unarchive", "archive", { channel: channel.id, archived: false }]);
  else if (!channel.bot_in && !channel.is_im) notices.push([`${bot} is not in this channel and cannot post here.`, `Add ${bot}`, "invite", { channel: channel.id }]);
  const key = JSON.stringify(notices);
  if ($("notice").dataset.shows === key) return;
  $("notice").dataset.shows = key;
  $("notice").replaceChildren(
    ...notices.map(([words, label, path, body]) =>
      el("div", { class: "notice" }, el("span", {}, words), el("button", { type: "button", class: "button", onclick: () => change(path, body) }, label)),
    ),
  );
}

async function change(path, body) {
  const answer = await post(path, { user: workspace.me, ...body });
  if (!answer.ok) composer.problem.replaceChildren(sentence(answer.error));
}

async function createChannel() {
  let [name, isPrivate, problem] = ["", false, ""];
  for (;;) {
    const answer = await ask({
      title: "New channel",
      confirm: "Create",
      body: [
        el("label", { class: "field" }, "Name", el("input", { name: "name", value: name, required: true, maxlength: 80, placeholder: "daily-digest", autocomplete: "off" })),
        el("label", { class: "check" }, el("input", { type: "checkbox", name: "private", checked: isPrivate }), "Private"),
        el("p", { class: "problem", role: "alert" }, problem),
      ],
    });
    if (!answer) return;
    name = answer.get("name").trim();
    isPrivate = answer.has("private");
    const made = await post("channels", { user: workspace.me, name: name.toLowerCase().replace(/\s+/g, "-"), is_private: isPrivate });
    if (made.ok) {
      workspace.channels.set(made.channel.id, made.channel);
      return go({ channel: made.channel.id });
    }
    problem = sentence(made.error);
  }
}

// --- the line to the server

/** True once the page shows what `user` sees; false if another load began meanwhile, which will. */
async function load(user) {
  const arrived = (loading = []);
  const state = await fetchState(user);
  if (loading !== arrived) return false;
  workspace = new Workspace(state, workspace?.me === state.me ? workspace : null);
  loading = null;
  for (const event of arrived) workspace.apply(event);
  arrive();
  return true;
}

function onEvent(event) {
  if (event.type === "reload") {
    if (event.version !== workspace.version) load(workspace.me).catch(() => become(workspace.me));
  } else if (loading) loading.push(event);
  else if (workspace.apply(event)) {
    const wasAtBottom = list.atBottom;
    render();
    if (event.type === "message") announce(event.message, wasAtBottom);
  }
}

function announce(message, wasAtBottom) {
  if (message.channel !== place.channel || message.user === workspace.me) return;
  const row = (isReply(message) ? replies : list).rows.get(message.ts)?.node;
  if (!row) return;
  $("live").textContent = `${reader.userName(message.user) ?? "Someone"}: ${row.querySelector(".body").textContent.slice(0, 300)}`;
  if (!isReply(message) && !wasAtBottom) $("newest").hidden = false;
}

function onConnected(connected) {
  $("offline").hidden = connected;
}

/** Shows the workspace as `user` sees it, and follows what happens there; tries until it can. */
async function become(user) {
  const talkingTo = workspace?.channels.get(place.channel)?.with;
  stopFollowing();
  try {
    if (!(await load(user))) return;
  } catch {
    $("starting").textContent = sentence("unreachable");
    onConnected(false);
    const timer = setTimeout(() => become(user), AGAIN_MS);
    stopFollowing = () => clearTimeout(timer);
    return;
  }
  history.replaceState(null, "", `?${new URLSearchParams({ user: workspace.me })}${location.hash}`);
  const direct = workspace.places.find((channel) => talkingTo && channel.with === talkingTo);
  if (direct) go({ channel: direct.id });
  stopFollowing = follow(workspace.me, onEvent, onConnected);
}

// --- the rest of the page

function toggleMenu(open) {
  $("app").classList.toggle("menu-open", open);
  const isOpen = $("app").classList.contains("menu-open");
  $("menu").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) $("sidebar").querySelector("[aria-current]")?.focus();
}

$("menu").append(icon("menu"));
$("thread-close").append(icon("close"));
$("menu").addEventListener("click", () => toggleMenu());
$("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the part of the address behind # names a channel here
  composer.box.focus();
});
$("backdrop").addEventListener("click", () => toggleMenu(false));
$("thread-close").addEventListener("click", () => go({ channel: place.channel }));
$("newest").addEventListener("click", () => list.toBottom());
$("scroller").addEventListener("scroll", () => { if (list.atBottom) $("newest").hidden = true; }, { passive: true });
addEventListener("hashchange", arrive);
document.addEventListener("visibilitychange", () => workspace && render());
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if ($("app").classList.contains("menu-open")) toggleMenu(false);
  else if (place.thread) {
    go({ channel: place.channel });
    composer.box.focus();
  }
});

become(new URLSearchParams(location.search).get("user"));
