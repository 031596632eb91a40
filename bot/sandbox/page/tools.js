// What one can do to a place, to people and to the app: the "⋯" menus, the notices above the composer, and the
// questions they ask.

import { ask } from "./dialogs.js";
import { el } from "./dom.js";
import { post, sentence } from "./server.js";

export class Tools {
  /** `workspace()` is the one shown; `go(place)` opens a place, `tell(words)` says what went wrong. */
  constructor({ workspace, go, tell }) {
    Object.assign(this, { workspace, go, tell });
  }

  get #bot() {
    return this.workspace().bot?.real_name ?? "the app";
  }

  async #change(path, body) {
    const answer = await post(path, { user: this.workspace().me, ...body });
    if (!answer.ok) this.tell(sentence(answer.error));
    return answer.ok;
  }

  /** Items for menu.js. */
  forChannel(channel) {
    const { team, me } = this.workspace();
    const act = (path, more) => () => this.#change(path, { channel: channel.id, ...more });
    const uninstall = team.installed && [`Uninstall ${this.#bot}…`, () => this.#uninstall(), { danger: true }];
    if (channel.is_im) return [uninstall].filter(Boolean);
    if (channel.is_archived) return [["Unarchive this channel", act("archive", { archived: false })]];
    const isIn = channel.members.includes(me);
    return [
      isIn && ["Rename this channel…", () => this.#rename(channel)],
      isIn && team.installed && (channel.bot_in ? [`Remove ${this.#bot}`, act("remove")] : [`Add ${this.#bot}`, act("invite")]),
      isIn && ["Invite someone…", () => this.#invite(channel)],
      isIn && (channel.is_private ? ["Make this channel public", act("convert", { is_private: false })] : ["Make this channel private", act("convert", { is_private: true })]),
      isIn && (channel.is_ext_shared ? ["Stop sharing this channel", act("share", { shared: false })] : ["Share with another company", act("share", { shared: true })]),
      isIn && ["Archive this channel", act("archive", { archived: true })],
      isIn ? ["Leave this channel", act("leave")] : ["Join this channel", act("join")],
      uninstall,
    ].filter(Boolean);
  }

  /** Items for menu.js. */
  forPeople() {
    const { people, formerPeople, me } = this.workspace();
    const set = (user, deleted) => () => this.#change("deactivate", { target: user.id, deleted });
    return [
      ...people.filter(({ id }) => id !== me).map((user) => [`Deactivate ${user.real_name}`, set(user, true), { danger: true }]),
      ...people.filter(({ id, is_stranger }) => id !== me && !is_stranger).map((user) => [user.is_guest ? `Make ${user.real_name} a full member` : `Make ${user.real_name} a guest`, () => this.#change("guest", { target: user.id, is_guest: !user.is_guest })]),
      ...formerPeople.map((user) => [`Bring back ${user.real_name}`, set(user, false)]),
    ];
  }

  /** What must be said about a channel before one types there: [words, label?, act?]. */
  notices(channel) {
    const { team, teams, me } = this.workspace();
    const act = (path, more) => () => this.#change(path, { channel: channel.id, ...more });
    if (channel.is_archived) return [["This channel is archived: nobody can post here.", "Unarchive", act("archive", { archived: false })]];
    const found = [];
    if (!channel.is_im && !channel.members.includes(me)) found.push(["You are not in this channel.", "Join", act("join")]);
    if (!team.installed && teams.length > 1) found.push([`${this.#bot} is not installed in this workspace.`, "Install", () => location.assign("/slack/install")]);
    else if (!team.installed) found.push([`${this.#bot} is not installed in this workspace any more.`]);
    else if (!channel.bot_in && !channel.is_im) found.push([`${this.#bot} is not in this channel and cannot post here.`, `Add ${this.#bot}`, act("invite")]);
    return found;
  }

  async createChannel() {
    const made = await this.#askName({ title: "New channel", confirm: "Create", path: "channels", privacy: true });
    if (!made) return;
    this.workspace().channels.set(made.channel.id, made.channel);
    this.go({ channel: made.channel.id });
  }

  #rename(channel) {
    return this.#askName({ title: `Rename #${channel.name}`, confirm: "Rename", path: "rename", body: { channel: channel.id }, name: channel.name });
  }

  /** Asks for a channel's name until the server takes it; its answer, or null where one gave up. */
  async #askName({ title, confirm, path, body = {}, name = "", privacy = false }) {
    let [isPrivate, problem] = [false, ""];
    for (;;) {
      const answer = await ask({
        title,
        confirm,
        body: [
          el("label", { class: "field" }, "Name", el("input", { name: "name", value: name, required: true, maxlength: 80, placeholder: "daily-digest", autocomplete: "off" })),
          privacy && el("label", { class: "check" }, el("input", { type: "checkbox", name: "private", checked: isPrivate }), "Private"),
          el("p", { class: "problem", role: "alert" }, problem),
        ].filter(Boolean),
      });
      if (!answer) return null;
      name = answer.get("name").trim();
      isPrivate = answer.has("private");
      const slug = name.toLowerCase().replace(/\s+/g, "-");
      const made = await post(path, { user: this.workspace().me, ...body, name: slug, ...(privacy && { is_private: isPrivate }) });
      if (made.ok) return made;
      problem = sentence(made.error);
    }
  }

  async #invite(channel) {
    const others = this.workspace().people.filter(({ id }) => !channel.members.includes(id));
    if (!others.length) return void this.tell("Everyone is in this channel already.");
    const answer = await ask({
      title: `Invite to #${channel.name}`,
      confirm: "Invite",
      body: [el("label", { class: "field" }, "Person", el("select", { name: "target" }, ...others.map(({ id, real_name: name }) => el("option", { value: id }, name))))],
    });
    if (answer) await this.#change("invite", { channel: channel.id, target: answer.get("target") });
  }

  async #uninstall() {
    const bot = this.#bot;
    const sure = await ask({
      title: `Uninstall ${bot}?`,
      body: `${bot} leaves this workspace: its commands, shortcuts and schedules go with it.`,
      confirm: "Uninstall",
      danger: true,
    });
    if (sure) await this.#change("uninstall", {});
  }
}
