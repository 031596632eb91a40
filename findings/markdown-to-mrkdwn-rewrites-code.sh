#!/bin/sh
# markdown_to_mrkdwn 0.3.3 (Markdown to Slack's mrkdwn) and a span of code within a line.
# Guessed: what stands between backquotes stays as it is, as it does in a fenced block.
# Its stars are rewritten as if they were emphasis, so a reader copies other code than was written.
# Source: markdown_to_mrkdwn/converter.py, _convert_line: each pattern is put over the whole line, code included.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install markdown_to_mrkdwn==0.3.3
seen=$("$folder/venv/bin/python" - <<'PYTHON'
from markdown_to_mrkdwn import SlackMarkdownConverter

for text in ("Call `f(**a)` or `f(**b)`.", "```\nf(**a) or f(**b)\n```"):
    print(repr(SlackMarkdownConverter().convert(text)))
PYTHON
)
echo "$seen"
test "$seen" = "'Call \`f(*a)\` or \`f(*b)\`.'
'\`\`\`\nf(**a) or f(**b)\n\`\`\`'"
