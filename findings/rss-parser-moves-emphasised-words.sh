#!/bin/sh
# rss-parser 3.13.0 (npm) and an Atom entry as RFC 4287 has it: XHTML content, and a link without a rel.
# Guessed: the snippet is the words in their order, and the link is the page, for no rel means "alternate".
# The emphasised word comes after all others, so a sentence loses its "not"; and the link is the entry's own
# document, because it stands first.
# Source: lib/utils.js, getContent (xml2js keeps text and elements apart) and getLink (rel === "alternate", else
# the first); RFC 4287, 3.1.1.3 and 4.2.7.2.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund rss-parser@3.13.0
cat >feed.xml <<'XML'
<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>urn:news</id><updated>2026-11-29T09:00:00Z</updated>
<author><name>News</name></author>
<entry><title>Trains</title><id>urn:1</id><updated>2026-11-29T09:00:00Z</updated>
<link rel="self" href="https://news.example/1.atom"/><link href="https://news.example/1.html"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Trains do <b>not</b> run today.</p></div></content>
</entry></feed>
XML
seen=$(node - <<'JAVASCRIPT'
const { readFileSync } = require("node:fs");
const Parser = require("rss-parser");

new Parser().parseString(readFileSync("feed.xml", "utf8")).then(({ items: [entry] }) => {
  console.log(entry.contentSnippet);
  console.log(entry.link);
});
JAVASCRIPT
)
echo "$seen"
test "$seen" = "Trains do  run today.not
https://news.example/1.atom"
