// Where in the workspace the page stands, kept in the address so that a reload or a shared link finds it:
// #CHANNEL, #CHANNEL/home (the app's Home tab), #CHANNEL/ts (a message), #CHANNEL/ts/thread (its thread).

/** {channel, message, thread, home}, null (home: false) where the address does not say. */
export function placeIn(hash) {
  const [channel = "", ts = "", view = ""] = hash.replace(/^#/, "").split("/");
  const [home, thread] = [ts === "home", view === "thread"];
  return { channel: channel || null, message: ts && !thread && !home ? ts : null, thread: thread ? ts : null, home };
}

export function hashOf({ channel, message = null, thread = null, home = false }) {
  if (home) return `#${channel}/home`;
  if (thread) return `#${channel}/${thread}/thread`;
  return message ? `#${channel}/${message}` : `#${channel}`;
}
