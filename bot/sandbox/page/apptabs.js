// The two tabs of the app's direct messages: its Home, and the messages.

import { el } from "./dom.js";
import { sceneAt } from "./scenes.js";
import { post } from "./server.js";
import { ViewBody } from "./viewbody.js";

const TABS = { home: "Home", messages: "Messages" };

export class AppTabs {
  /** `root` holds the tabs, `panel` the Home; `go(place)` opens one of them. */
  constructor({ root, panel, go, reader }) {
    Object.assign(this, { root, panel, go, reader });
    this.tabs = Object.entries(TABS).map(([name, words]) =>
      el(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${name}`,
          "aria-controls": name === "home" ? panel.id : "scroller",
          onclick: () => this.#open(name),
          onkeydown: ({ key }) => /^Arrow(Left|Right)$/.test(key) && this.#open(name === "home" ? "messages" : "home"),
        },
        words,
      ),
    );
    root.append(...this.tabs);
    this.empty = el("p", { class: "quiet", hidden: true }, "This app has not put anything here yet.");
    panel.append(this.empty);
  }

  #channel = null;
  #body = null; // {id, body, node} of the view that is shown
  #told = "";

  #open(name) {
    this.go({ channel: this.#channel, home: name === "home" });
    this.tabs[name === "home" ? 0 : 1].focus();
  }

  show(workspace, { channel, home }) {
    this.#channel = channel;
    this.root.hidden = !workspace.isApp(workspace.channels.get(channel));
    this.tabs.forEach((tab, index) => {
      const selected = (index === 0) === home;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
    });
    this.panel.hidden = !home;
    if (home) this.#show(workspace.home);
  }

  #show(view) {
    this.empty.hidden = view !== null;
    if (this.#body?.id !== view?.id) {
      this.#body?.node.remove();
      this.#body = view && this.#newBody(view.id);
    }
    this.#body?.body.show(view);
  }

  #newBody(id) {
    const node = el("div", { class: "blocks" });
    const body = new ViewBody(node, sceneAt({ view_id: id }, { reader: this.reader, values: () => body.values }));
    this.panel.append(node);
    return { id, body, node };
  }

  /** Tells the app, once, that its Home or its messages were opened, and from where: that is what one looks at. */
  async opened(workspace, { channel, home }, from) {
    const tab = home ? "home" : "messages";
    const here = workspace.isApp(workspace.channels.get(channel)) ? `${workspace.me}/${tab}` : "";
    const isNew = here && here !== this.#told;
    const came = from !== channel && workspace.channels.has(from);
    this.#told = here;
    if (isNew && came) await post("context", { user: workspace.me, channel: from });
    if (isNew) await post("home", { user: workspace.me, tab });
  }
}
