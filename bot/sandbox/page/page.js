// Wires the page: the workspace as one user sees it, the place that is open, and what a person does there.

import { showSuggested, showWorking } from "./agent.js";
import { AppTabs } from "./apptabs.js";
import { bring } from "./attachments.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { MessageList, plural } from "./messages.js";
import { Modal } from "./modal.js";
import { hashOf, placeIn } from "./place.js";
import { sceneAt } from "./scenes.js";
import { fetchState, follow, post, sentence } from "./server.js";
import { showSidebar } from "./sidebar.js";
import { Tools } from "./tools.js";
import { welcome } from "./welcome.js";
import { isUnread, markRead } from "./unread.js";
import { Workspace, isReply } from "./workspace.js";

const $ = (id) => document.getElementById(id);
const AGAIN_MS = 1500;
const TOLD_MS = 8000;

let workspace = null;
let place = placeIn("");
let stopFollowing = () => {};
let loading = null; // events that arrive while the state is on its way

// --- who reads, and what a click in a message does

const reader = {
  get me() { return workspace.me; },
  get zone() { return workspace.zone; },
  get locale() { return workspace.locale; },
  userName: (id) => workspace.users.get(id)?.real_name ?? null,
  channelName: (id) => workspace.channels.get(id)?.name ?? null,
  groupName: (id) => workspace.groups.get(id)?.handle ?? null,
  openChannel: (id) => go({ channel: id }),
  people: () => workspace.people.map(({ id, real_name: text, name }) => ({ value: id, text, note: `@${name}` })),
  conversations: (kinds = ["public", "private", "im"]) =>
    workspace.places
      .filter((channel) => !channel.is_archived && kinds.includes(channel.is_im ? "im" : channel.is_private ? "private" : "public"))
      .map((channel) => ({ value: channel.id, text: `${channel.is_im ? "" : "#"}${workspace.channelTitle(channel)}` })),
};

const shared = {
  scene: ({ channel, ts }) => sceneAt({ channel, message_ts: ts }, { reader }),
  actions: (message) => [...shortcuts("message", message), ["Copy link", () => copyLink(message)]],
  permalink: (message) => hashOf({ channel: message.channel, message: message.ts }),
};
const list = new MessageList({ ...shared, scroller: $("scroller"), list: $("list"), openThread });
const replies = new MessageList({ ...shared, scroller: $("thread-scroller"), list: $("thread-list") });

const composer = new Composer({
  root: $("compose"),
  id: "composer",
  send: (text, attached) => send(text, attached),
  commands: () => workspace.commands,
  shortcuts: () => shortcuts("global"),
});
const threadComposer = new Composer({
  root: $("thread-compose"),
  id: "thread-composer",
  send: (text, attached) => send(text, attached, place.thread),
  commands: () => [], // Slack takes no slash commands in threads
  shortcuts: () => shortcuts("global"),
});
const modal = new Modal({ sceneOf: (id, values) => sceneAt({ view_id: id }, { reader, values }), me: () => workspace.me });
const tools = new Tools({ workspace: () => workspace, go, tell });
const tabs = new AppTabs({ root: $("tabs"), panel: $("home"), go, reader });

async function send(text, attached, thread = undefined) {
  (thread ? replies : list).toBottom();
  const [user, { channel }] = [workspace.me, place]; // who and where it was when it was sent
  const brought = await bring(user, attached);
  if (!brought.ok) return sentence(brought.error);
  const answer = await post("send", { user, channel, text, thread_ts: thread, files: brought.files });
  return answer.ok ? null : sentence(answer.error);
}

/** The app's shortcuts as items for menu.js; those on messages are about `message`. */
function shortcuts(type, message = null) {
  const where = message && { channel: message.channel, message_ts: message.ts };
  const run = async (id) => {
    const answer = await post("shortcut", { user: workspace.me, callback_id: id, ...where });
    if (!answer.ok) tell(sentence(answer.error));
  };
  return workspace.shortcuts
    .filter((shortcut) => shortcut.type === type)
    .map(({ name, callback_id: id, description: note }) => [name, () => run(id), { note }]);
}

async function copyLink({ channel, ts }) {
  const link = `${workspace.team.url}archives/${channel}/p${ts.replace(".", "")}`;
  await navigator.clipboard.writeText(link).then(() => tell("Copied the link."), () => tell(link));
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
    place = { ...placeIn(""), channel: workspace.places[0]?.id ?? null };
    history.replaceState(null, "", hashOf(place));
  }
  place.home &&= workspace.isApp(workspace.channels.get(place.channel));
  const aimed = place.message && workspace.message(place.channel, place.message);
  if (aimed && isReply(aimed)) place.thread = aimed.thread_ts;
  render();
  tabs.opened(workspace, place, before.channel);
  if (place.channel !== before.channel) list.toBottom();
  if (place.thread && place.thread !== before.thread) replies.toBottom();
  if (aimed) show(aimed);
  else if (place.thread && place.thread !== before.thread) threadComposer.box.focus();
  else if (place.channel !== before.channel && !place.home && !matchMedia("(pointer: coarse)").matches) composer.box.focus();
}

function show(message) {
  const row = (isReply(message) ? replies : list).rows.get(message.ts)?.node;
  if (!row) return;
  row.scrollIntoView({ block: "center" });
  row.focus({ preventScroll: true });
  row.classList.add("aimed");
  row.addEventListener("animationend", () => row.classList.remove("aimed"), { once: true });
}

// --- drawing

const unreadIn = (channel) => isUnread(workspace, channel);

function render() {
  const channel = workspace.channels.get(place.channel);
  markRead(workspace, place.channel);
  showSidebar($("sidebar"), workspace, { place, isUnread: unreadIn, become, createChannel: () => tools.createChannel(), forPeople: () => tools.forPeople() });
  $("app").hidden = false;
  $("starting").hidden = true;
  const unread = [...workspace.channels.keys()].some(unreadIn);
  const title = workspace.channelTitle(channel);
  document.title = `${unread ? "• " : ""}${channel.is_im ? "" : "#"}${title} · ${workspace.team.name}`;
  $("title").replaceChildren(...(channel.is_im ? [] : [icon(channel.is_private ? "lock" : "hash")]), title);
  $("topic").textContent = channel.is_im ? "" : channel.topic;
  $("menu").classList.toggle("unread", unread);
  showTools(channel);
  showNotice(channel);
  $("compose").hidden = channel.is_archived;
  tabs.show(workspace, place);
  for (const id of ["scroller", "below"]) $(id).hidden = place.home;
  composer.open(`${workspace.me}/${channel.id}`, `Message ${channel.is_im ? title : `#${title}`}${workspace.commands.length ? ", or type /" : ""}`);
  list.show([intro(channel), ...workspace.timeline(channel.id)], workspace);
  showThread(channel);
  showAgent(channel);
  modal.show(workspace.views);
}

const intros = new Map();

function intro(channel) {
  const key = `${workspace.me}/${channel.id}/${channel.name}/${channel.is_archived}/${workspace.commands.length}`;
  if (!intros.has(key)) intros.set(key, welcome(channel, workspace, (text) => composer.fill(text)));
  return intros.get(key);
}

function showThread(channel) {
  $("thread").hidden = !place.thread;
  $("app").classList.toggle("with-thread", Boolean(place.thread));
  if (!place.thread) return;
  const parent = workspace.message(channel.id, place.thread);
  const answers = workspace.replies(channel.id, place.thread);
  const said = answers.filter((answer) => !answer.ephemeral).length; // private notices are no replies
  const count = said ? plural(said, "reply", "replies") : "No reply yet";
  const head = parent ?? el("p", { class: "quiet" }, "The message that began this thread is not here any more.");
  $("thread-channel").textContent = channel.is_im ? workspace.channelTitle(channel) : `#${channel.name}`;
  replies.show([head, el("div", { class: "day", role: "separator" }, el("span", {}, count)), ...answers], workspace, { threads: false });
  $("thread-compose").hidden = channel.is_archived;
  threadComposer.open(`${workspace.me}/${channel.id}/${place.thread}`, "Reply…");
}

/** What the app shows beside its words, in the channel and in the open thread. */
function showAgent(channel) {
  const name = workspace.bot?.real_name ?? "The app";
  const here = workspace.isApp(channel) && !place.home ? workspace.suggested(channel.id) : null;
  showSuggested($("suggested"), here, (text) => send(text, []));
  showWorking($("working"), place.home ? null : workspace.working(channel.id), name);
  showWorking($("thread-working"), place.thread ? workspace.working(channel.id, place.thread) : null, name);
}

// --- what one can do here, and what went wrong

function showTools(channel) {
  const items = tools.forChannel(channel);
  const key = `${channel.id}/${items.length > 0}`;
  if ($("tools").dataset.shows === key) return;
  $("tools").dataset.shows = key;
  const now = () => tools.forChannel(workspace.channels.get(channel.id));
  $("tools").replaceChildren(...(items.length ? [menu(channel.is_im ? "App menu" : "Channel menu", "icon-button", now)] : []));
}

function showNotice(channel) {
  const notices = tools.notices(channel);
  const key = JSON.stringify([channel.id, notices]);
  if ($("notice").dataset.shows === key) return;
  $("notice").dataset.shows = key;
  const button = (label, act) => el("button", { type: "button", class: "button", onclick: act }, label);
  $("notice").replaceChildren(
    ...notices.map(([words, label, act]) => el("div", { class: "notice" }, el("span", {}, words), label && button(label, act))),
  );
}

let told = 0;

function tell(words) {
  clearTimeout(told);
  $("told").textContent = words;
  $("told").hidden = false;
  told = setTimeout(() => { $("told").hidden = true; }, TOLD_MS);
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
    if (event.type === "views") return modal.show(workspace.views);
    if (event.type === "home") return tabs.show(workspace, place);
    const wasAtBottom = list.atBottom;
    render();
    if (event.type === "message") announce(event.message, wasAtBottom);
  }
  return undefined;
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
  const wasHome = place.home;
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
  if (direct) go({ channel: direct.id, home: wasHome });
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
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
  if ($("app").classList.contains("menu-open")) toggleMenu(false);
  else if (place.thread) {
    go({ channel: place.channel });
    composer.box.focus();
  }
});

become(new URLSearchParams(location.search).get("user"));
