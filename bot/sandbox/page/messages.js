// A list of messages that follows the workspace: rows are kept as long as their message is the same, so a
// click, a focus or a selection survives what happens around it.

import { attached } from "./attached.js";
import { renderBlocks } from "./blocks.js";
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { files } from "./files.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { decode, format, mrkdwn, nearDay } from "./mrkdwn.js";
import { reconcile } from "./reconcile.js";

const NEAR_BOTTOM_PX = 48;
const SAME_BREATH_SECONDS = 300;

export class MessageList {
  /**
   * `scroller` scrolls, `list` holds the rows; `scene(message)` gives what its blocks and buttons need,
   * `actions(message)` the items of its menu.
   */
  constructor({ scroller, list, scene, actions, openThread, permalink }) {
    Object.assign(this, { scroller, list, scene, actions, openThread, permalink });
    this.rows = new Map();
    const grown = new ResizeObserver(() => this.#stick && this.toBottom());
    for (const node of [scroller, list]) grown.observe(node); // the list grows when a picture arrives
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  #stick = true;
  #top = 0;

  /** Only who scrolls up leaves the end; where the list grew meanwhile, its end is still to be followed. */
  #scrolled() {
    const { scrollTop } = this.scroller;
    if (this.atBottom) this.#stick = true;
    else if (scrollTop < this.#top) this.#stick = false;
    this.#top = scrollTop;
  }

  get atBottom() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
  }

  toBottom() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#stick = true;
  }

  /** Shows `items` (messages and ready-made nodes); stays at the bottom only if it was there. */
  show(items, workspace, { threads = true } = {}) {
    const stick = this.#stick;
    const nodes = [];
    const rows = new Map();
    let previous = null;
    for (const item of items) {
      if (item instanceof Node) {
        nodes.push(item);
        previous = null;
        continue;
      }
      const newDay = threads && dayOf(item, workspace) !== (previous && dayOf(previous, workspace));
      if (newDay) nodes.push(divider(item, workspace));
      const follows = !newDay && sameBreath(previous, item);
      const row = this.#row(item, follows, threads, workspace);
      rows.set(item.ts, row);
      nodes.push(row.node);
      previous = item;
    }
    this.rows = rows;
    reconcile(this.list, nodes);
    if (stick) this.toBottom();
  }

  #row(message, follows, threads, workspace) {
    const replies = threads ? workspace.replies(message.channel, message.ts).filter((reply) => !reply.ephemeral) : [];
    const thread = replies.map(({ ts }) => ts).join();
    const old = this.rows.get(message.ts);
    if (old && old.message === message && old.follows === follows && old.thread === thread && old.me === workspace.me) return old;
    const node = this.#render(message, follows, replies, workspace);
    return { message, follows, thread, me: workspace.me, node };
  }

  #render(message, follows, replies, workspace) {
    const author = workspace.users.get(message.user);
    const name = author?.real_name ?? message.user ?? "Unknown";
    const classes = ["message", follows && "follows", message.ephemeral && "ephemeral", message.subtype && "system"];
    return el(
      "article",
      {
        class: classes.filter(Boolean).join(" "),
        "data-ts": message.ts,
        "data-notified": (message.notified ?? []).join(" ") || null,
        "aria-label": `${name}, ${clock(message, workspace)}`,
        tabindex: -1,
      },
      el("div", { class: "gutter" }, follows ? this.#time(message, workspace) : avatar(author)),
      el(
        "div",
        { class: "content" },
        message.ephemeral && el("div", { class: "only-you" }, icon("eye"), " Only visible to you"),
        !follows &&
          el(
            "div",
            { class: "byline" },
            el("strong", { class: "author" }, name),
            (message.bot || author?.is_bot) && el("span", { class: "app-badge" }, "APP"),
            author?.is_stranger && el("span", { class: "app-badge" }, "EXTERNAL"),
            this.#time(message, workspace),
          ),
        el("div", { class: "body" }, body(message, this.scene(message)), message.attachments && attached(message.attachments, this.scene(message)), message.files && files(message.files), message.edited && el("small", { class: "edited" }, " (edited)")),
        reactions(message, workspace),
        replies.length > 0 && this.#threadLine(message, replies, workspace),
      ),
      !message.ephemeral && !message.subtype && this.#tools(message),
    );
  }

  #tools(message) {
    const reply =
      this.openThread &&
      el(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Reply in thread", title: "Reply in thread", onclick: () => this.openThread(message) },
        icon("reply"),
      );
    return el("div", { class: "message-tools" }, reply, menu("More message actions", "icon-button", () => this.actions(message)));
  }

  #time(message, workspace) {
    const when = dateOf(message);
    const full = format(when, workspace, { dateStyle: "full", timeStyle: "long" });
    return el(
      "a",
      { class: "time", href: this.permalink(message), title: full },
      el("time", { datetime: when.toISOString() }, clock(message, workspace)),
    );
  }

  #threadLine(message, replies, workspace) {
    const authors = [...new Set(replies.map(({ user }) => user))].slice(0, 4);
    const last = replies.at(-1);
    return el(
      "button",
      { type: "button", class: "thread-line", onclick: () => this.openThread(message) },
      el("span", { class: "faces", "aria-hidden": "true" }, authors.map((id) => avatar(workspace.users.get(id)))),
      el("span", { class: "reply-count" }, plural(replies.length, "reply", "replies")),
      el("span", { class: "last-reply" }, `Last reply ${whenShort(last, workspace)}`),
    );
  }
}

export function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

/** A user's initials on their colour. */
export function avatar(user) {
  const initials = (user?.real_name ?? "?").split(/\s+/).map(([first]) => first).slice(0, 2).join("").toUpperCase();
  const node = el("span", { class: user?.is_bot ? "avatar bot" : "avatar", "aria-hidden": "true" }, initials);
  if (/^[0-9a-f]{6}$/i.test(user?.color ?? "")) node.style.setProperty("--own", `#${user.color}`);
  return node;
}

function body(message, scene) {
  if (message.blocks.length > 0) return renderBlocks(message.blocks, scene);
  return message.mrkdwn === false ? decode(message.text) : mrkdwn(message.text, scene.reader);
}

function reactions({ reactions: given }, workspace) {
  if (!given?.length) return null;
  const chip = ({ name, count, users }) => {
    const who = users.map((id) => workspace.users.get(id)?.real_name ?? id).join(", ");
    return el("span", { class: "reaction", title: `${who} reacted with :${name}:` }, `${emoji(name)} ${count}`);
  };
  return el("div", { class: "reactions" }, given.map(chip));
}

function dateOf({ ts }) {
  return new Date(Number.parseFloat(ts) * 1000);
}

function clock(message, workspace) {
  return format(dateOf(message), workspace, { timeStyle: "short" });
}

function dayOf(message, workspace) {
  return format(dateOf(message), workspace, { dateStyle: "short" });
}

function whenShort(message, workspace) {
  const day = nearDay(dateOf(message), workspace.zone);
  if (day === "Today") return `today at ${clock(message, workspace)}`;
  return format(dateOf(message), workspace, { dateStyle: "medium", timeStyle: "short" });
}

function divider(message, workspace) {
  const when = dateOf(message);
  const day = nearDay(when, workspace.zone) ?? format(when, workspace, { weekday: "long", month: "long", day: "numeric", year: "numeric" });
  return el("div", { class: "day", role: "separator", "aria-label": day }, el("span", {}, day));
}

function sameBreath(previous, message) {
  return (
    previous !== null &&
    previous.user === message.user &&
    previous.ephemeral === message.ephemeral &&
    !previous.subtype &&
    !message.subtype &&
    !(previous.reply_count > 0) &&
    dateOf(message) - dateOf(previous) < SAME_BREATH_SECONDS * 1000
  );
}
