// What has been read: kept in this browser, for each user.

const key = ({ me }) => `precache.read.${me}`;

function marks(workspace) {
  const stored = localStorage.getItem(key(workspace));
  if (stored) return JSON.parse(stored);
  return Object.fromEntries([...workspace.channels.keys()].map((id) => [id, workspace.lastTs(id)]));
}

/** Takes note that everything in `channel` is seen, if the page is. */
export function markRead(workspace, channel) {
  const found = marks(workspace);
  if (document.visibilityState === "visible") found[channel] = workspace.lastTs(channel);
  localStorage.setItem(key(workspace), JSON.stringify(found));
}

export function isUnread(workspace, channel) {
  return workspace.isUnread(channel, marks(workspace)[channel] ?? "0");
}
