#!/bin/sh
# slack_sdk 3.48.0 and a block that its classes do not know yet, such as Slack's data_table.
# Guessed: Block.parse keeps it as it came, or leaves it out; the warning says "detected and skipped".
# A None takes its place, and a null goes to Slack with the message.
# Source: slack_sdk/models/blocks/blocks.py, Block.parse (returns None) and parse_all (keeps it).
# Slack describes the block at docs.slack.dev/reference/block-kit/blocks/data-table-block.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install slack_sdk==3.48.0
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import json
from slack_sdk import WebClient
from slack_sdk.models.blocks import Block


class Shown(WebClient):
    def api_call(self, api_method, **request):
        print(api_method, json.dumps(request["json"]["blocks"]))


rows = [[{"type": "raw_text", "text": text}] for text in ("City", "Rome")]
blocks = [{"type": "divider"}, {"type": "data_table", "caption": "Cities", "rows": rows}]
Shown().chat_postMessage(channel="C1", text="Cities", blocks=Block.parse_all(blocks))
PYTHON
)
echo "$seen"
test "$seen" = 'chat.postMessage [{"type": "divider"}, null]'
