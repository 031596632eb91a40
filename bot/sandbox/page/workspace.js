// What one user sees of the workspace, kept up to date by the server's events. Knows nothing of the page.

export class Workspace {
  /** `before` is what the page knew until now: messages that did not change stay the same objects. */
  constructor(state, before = null) {
    const { version, team, teams, me, commands, shortcuts, home, views, hint, agents } = state;
    Object.assign(this, { version, team, teams, me, commands, shortcuts, home, views, hint });
    this.agents = new Map(agents.map((agent) => [agent.channel, dated(agent)]));
    this.groups = new Map(state.groups.map((group) => [group.id, group]));
    this.users = new Map(state.users.map((user) => [user.id, user]));
    this.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
    this.messages = new Map();
    for (const message of Object.values(state.messages).flat()) {
      const known = before?.message(message.channel, message.ts);
      this.#keep(known && JSON.stringify(known) === JSON.stringify(message) ? known : message);
    }
  }

  /** Takes in an event; false if the state already held it. */
  apply(event) {
    if (event.version <= this.version) return false; // one change may come as several events of one version
    if (event.type === "message" || event.type === "changed") this.#keep(event.message);
    else if (event.type === "deleted") this.messages.get(event.channel)?.delete(event.ts);
    else if (event.type === "channel") this.channels.set(event.channel.id, event.channel);
    else if (event.type === "views") this.views = event.views;
    else if (event.type === "home") this.home = event.view;
    else if (event.type === "agent") this.agents.set(event.agent.channel, dated(event.agent));
    return true;
  }

  #keep(message) {
    if (!this.messages.has(message.channel)) this.messages.set(message.channel, new Map());
    this.messages.get(message.channel).set(message.ts, message);
  }

  get user() {
    return this.users.get(this.me);
  }

  /** Of a stranger Slack does not tell it: then it is this browser's own. */
  get zone() {
    return this.user.tz || undefined;
  }

  get locale() {
    return this.user.locale;
  }

  get people() {
    return [...this.users.values()].filter((user) => !user.is_bot && !user.deleted);
  }

  get formerPeople() {
    return [...this.users.values()].filter((user) => !user.is_bot && user.deleted);
  }

  get bot() {
    return [...this.users.values()].find((user) => user.is_bot && user.id !== "USLACKBOT") ?? null;
  }

  /** The direct messages with the app, which has a Home there. */
  isApp(channel) {
    return Boolean(channel?.is_im && this.bot && channel.with === this.bot.id);
  }

  /** Public ones by name, then private, archived and direct ones. */
  get places() {
    const rank = (channel) => (channel.is_im ? 3 : channel.is_archived ? 2 : channel.is_private ? 1 : 0);
    return [...this.channels.values()].sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
  }

  message(channel, ts) {
    return this.messages.get(channel)?.get(ts) ?? null;
  }

  /** Oldest first. */
  all(channel) {
    return [...(this.messages.get(channel)?.values() ?? [])].sort(byTime);
  }

  /** What the channel itself shows: no replies, but those that were sent to the channel too. */
  timeline(channel) {
    return this.all(channel).filter((message) => !isReply(message) || message.subtype === "thread_broadcast");
  }

  replies(channel, ts) {
    return this.all(channel).filter((message) => isReply(message) && message.thread_ts === ts);
  }

  /** What the app suggests to ask here: {title, prompts}, or null. */
  suggested(channel) {
    return this.agents.get(channel)?.suggested ?? null;
  }

  /** What the app is doing in a thread, or anywhere in the channel; null when it has ended. */
  working(channel, thread = null) {
    const statuses = this.agents.get(channel)?.statuses ?? [];
    return statuses.find((status) => (thread === null || status.thread === thread) && status.until > Date.now()) ?? null;
  }

  lastTs(channel) {
    return this.all(channel).at(-1)?.ts ?? "0";
  }

  isUnread(channel, readTs) {
    return this.all(channel).some(({ ts, user }) => user !== this.me && compareTs(ts, readTs) > 0);
  }

  channelTitle(channel) {
    return channel.is_im ? (this.users.get(channel.with)?.real_name ?? "Direct message") : channel.name;
  }
}

/** Its statuses with the moment at which each ends by itself. */
function dated(agent) {
  return { ...agent, statuses: agent.statuses.map((status) => ({ ...status, until: Date.now() + status.left * 1000 })) };
}

export function isReply({ ts, thread_ts: thread }) {
  return thread !== undefined && thread !== ts;
}

/** Slack's time stamps compare by seconds, then by the counter behind the point. */
export function compareTs(one, other) {
  const [a, b] = [one.split("."), other.split(".")];
  return Number(a[0]) - Number(b[0]) || Number(a[1] ?? 0) - Number(b[1] ?? 0);
}

const byTime = (one, other) => compareTs(one.ts, other.ts);
