// The page's line to the sandbox server: requests, and the stream that reconnects by itself.

const SENTENCES = {
  channel_not_found: "This channel is gone.",
  user_not_found: "This user is gone.",
  message_not_found: "This message is gone.",
  not_in_channel: "You are not in this channel.",
  is_archived: "This channel is archived.",
  name_taken: "A channel with this name exists already.",
  invalid_name: "Use lower-case letters, digits, hyphens and underscores, at most 80.",
  msg_too_long: "Slack takes at most 12,000 characters at once.",
  operation_timeout: "The app did not answer in time.",
  dispatch_failed: "The app did not take this.",
  invalid_response: "The app answered something that Slack does not understand.",
  view_not_found: "This view is closed already.",
  cant_deactivate_self: "Nobody can deactivate themselves.",
  no_text: "There is nothing to send.",
  too_many_files: "Slack takes at most 10 files at once.",
  file_upload_size_restricted: "The sandbox keeps files of up to 10 MB.",
  alt_txt_too_large: "A description has at most 1,000 characters.",
  file_not_found: "The file was not sent in time. Attach it again.",
  unreachable: "The sandbox server does not answer. Is Precache still running?",
};

/** The sentence for an error code of the server. */
export function sentence(error) {
  return SENTENCES[error] ?? `The sandbox refused this: ${error}.`;
}

/** Posts `body` to `/sandbox/<path>`; always {ok, error?, …}, also when nobody answers. */
export async function post(path, body) {
  try {
    const response = await fetch(`/sandbox/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return await response.json();
  } catch {
    return { ok: false, error: "unreachable" };
  }
}

/** Brings a file, to be sent with a message of `user`; {ok, file} or {ok, error}. */
export async function upload(user, file) {
  try {
    const response = await fetch(`/sandbox/upload?${new URLSearchParams({ user, name: file.name })}`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: file,
    });
    return await response.json();
  } catch {
    return { ok: false, error: "unreachable" };
  }
}

/** The whole workspace as `user` sees it; throws when nobody answers. */
export async function fetchState(user) {
  const response = await fetch(`/sandbox/state?${new URLSearchParams(user ? { user } : {})}`);
  if (!response.ok) throw new Error(`state answered ${response.status}`);
  return response.json();
}

const AGAIN_MS = 1500;

/** Follows the stream until the returned function is called; `onConnected` hears whether the line is up. */
export function follow(user, onEvent, onConnected) {
  let source;
  let timer;
  const connect = () => {
    source = new EventSource(`/sandbox/stream?${new URLSearchParams({ user })}`);
    source.onopen = () => onConnected(true);
    source.onmessage = ({ data }) => onEvent(JSON.parse(data));
    source.onerror = () => {
      onConnected(false);
      source.close(); // the browser's own retries stop for good at an HTTP error
      timer = setTimeout(connect, AGAIN_MS);
    };
  };
  connect();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
