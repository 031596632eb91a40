#!/bin/sh
# slackify-markdown 5.0.0 (npm) and 0.2.4 (PyPI, made after it): Markdown to Slack's mrkdwn.
# Guessed: the two write the same, and both keep a quote of two lines and a hard line break.
# PyPI's marks only the first line of a quote, so the second becomes the author's own words.
# npm's writes a hard break as Markdown's backslash, which people then see in Slack.
# Source: slackify_markdown/slackify.py, blockquote_open (writes the sign once); src/slackify.ts, createHandlers (has
# none for a break, so mdast-util-to-markdown's own is used).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -q install slackify-markdown==0.2.4
npm install --silent --no-audit --no-fund slackify-markdown@5.0.0
printf '> We ship on Friday,\n> if the tests pass.' >quote.md
printf 'Rome  \nItaly' >break.md
cat >convert.py <<'PYTHON'
import sys, slackify_markdown
print(slackify_markdown.slackify_markdown(sys.stdin.read()), end="")
PYTHON
cat >convert.mjs <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import { slackifyMarkdown } from "slackify-markdown";
process.stdout.write(slackifyMarkdown(readFileSync(0, "utf8")));
JAVASCRIPT
seen=$(for file in quote.md break.md; do
    echo "PyPI:" && venv/bin/python convert.py <$file
    echo "npm:" && node convert.mjs <$file
done)
echo "$seen"
test "$seen" = "PyPI:
> We ship on Friday,
if the tests pass.
npm:
> We ship on Friday,
> if the tests pass.
PyPI:
Rome
Italy
npm:
Rome\\
Italy"
