#!/bin/sh
# langchain-core 1.8.3: InMemoryCache with a maxsize, and a question that is asked several times at once.
# Guessed: an entry that is written again takes its own place, so three questions fit into three entries.
# A write into a full cache drops the oldest entry, even if it only replaces what is there. A question asked three
# times at once is called for and written three times, and puts out an answer that was to be kept.
# Source: langchain_core/caches.py, InMemoryCache.update: the size is looked at, the key is not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install langchain-core==1.8.3
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import asyncio
from langchain_core.caches import InMemoryCache
from langchain_core.language_models import FakeListChatModel

answers = [f"answer {number}" for number in range(1, 10)]
model = FakeListChatModel(responses=answers, sleep=0.1, cache=InMemoryCache(maxsize=3))


async def ask(*questions):
    said = await asyncio.gather(*(model.ainvoke(question) for question in questions))
    print(*questions, "->", ", ".join(message.content for message in said))


for questions in (["one"], ["two"], ["one"], ["three"] * 3, ["one"]):
    asyncio.run(ask(*questions))
PYTHON
)
echo "$seen"
test "$seen" = "one -> answer 1
two -> answer 2
one -> answer 1
three three three -> answer 3, answer 4, answer 5
one -> answer 6"
