// Where in the workspace the page stands, kept in the address so that a reload or a shared link finds it:
// #CHANNEL, #CHANNEL/ts (a message), #CHANNEL/ts/thread (its thread beside the channel).

/** {channel, message, thread}, each null where the address does not say. */
export function placeIn(hash) {
  const [channel = "", ts = "", view = ""] = hash.replace(/^#/, "").split("/");
  return { channel: channel || null, message: ts && view !== "thread" ? ts : null, thread: view === "thread" ? ts : null };
}

export function hashOf({ channel, message = null, thread = null }) {
  if (thread) return `#${channel}/${thread}/thread`;
  return message ? `#${channel}/${message}` : `#${channel}`;
}
