// What a click, a choice or a search in a message, a modal or a Home tab does: it goes to the server with the
// ids of its place.

import { flatOptions } from "./fields.js";
import { post, sentence } from "./server.js";

/** The scene (see elements.js) at `where`: {channel, message_ts} or {view_id}; `values()` is what a view holds. */
export function sceneAt(where, { reader, values = () => undefined }) {
  const at = (blockId, actionId) => ({ user: reader.me, ...where, block_id: blockId, action_id: actionId });
  return {
    reader,
    async act(blockId, actionId, selected) {
      const answer = await post("act", { ...at(blockId, actionId), selected, values: values() });
      return answer.ok ? null : sentence(answer.error);
    },
    async suggest(blockId, actionId, query) {
      const answer = await post("suggest", { ...at(blockId, actionId), query });
      return answer.ok ? flatOptions(answer) : "The options could not be loaded.";
    },
  };
}
