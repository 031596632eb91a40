"""The real demo model, in its own process."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.errors import ModelRefused, ModelUnavailable
from bot.model import ModelRequest, Reply, Shape, demo_server
from bot.model.demo import (
    PAUSE,
    DemoModel,
    demo_model,
    is_demo_installed,
    running_model,
    whole_sentences,
)
from bot.model.meter import Call
from scheduler.embedded.redis.file_locks import open_lock_file, try_lock
from tests.bot.gauge import Gauge
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.demo
needs_wheels = pytest.mark.skipif(not is_demo_installed(), reason="the demo model is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the model's file is joined, once for all tests."""
    return tmp_path_factory.mktemp("model")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model(folder: Path) -> AsyncIterator[DemoModel]:
    """One for all that only ask it: to load it takes longer than they do."""
    async with demo_model(folder) as running:
        yield running


@needs_wheels
@pytest.mark.asyncio(loop_scope="module")
async def test_it_answers_several_at_once_with_what_they_cost(model: DemoModel) -> None:
    replies = await asyncio.gather(
        *(model.reply_to(ModelRequest(query=f"What is {number} + 1?")) for number in range(2))
    )
    for reply in replies:
        assert reply.text
        assert reply.complete
        assert reply.model == model.name
        assert reply.tokens_in
        assert reply.tokens_out
    assert model.demo


@needs_wheels
@pytest.mark.asyncio(loop_scope="module")
async def test_it_too_answers_in_a_shape_and_is_metered_under_its_own_name(model: DemoModel) -> None:
    shape = Shape(
        name="verdict",
        description="Whether the statement is true.",
        schema={
            "type": "object",
            "properties": {"true": {"type": "boolean"}},
            "required": ["true"],
            "additionalProperties": False,
        },
    )
    gauge = Gauge()
    reply = await model.reply_to(ModelRequest(query="Is water wet?", shape=shape, meter=gauge))
    assert reply.complete
    assert isinstance(json.loads(reply.text)["true"], bool)
    assert [call.model for call in gauge.calls] == [model.name]


@needs_wheels
@pytest.mark.asyncio(loop_scope="module")
async def test_a_question_that_does_not_fit_is_refused(model: DemoModel) -> None:
    with pytest.raises(ModelRefused):
        await model.reply_to(ModelRequest(query="日本語の質問です。" * 1_000))


def test_a_question_as_long_as_its_window_leaves_room_for_the_answer_and_a_wrong_estimate() -> None:
    assert 2_000 < DemoModel.context_window < (demo_server.CONTEXT - demo_server.LONGEST_ANSWER) * 3 / 4


@needs_wheels
@pytest.mark.asyncio(loop_scope="module")
async def test_nobody_else_on_this_machine_can_ask_it(model: DemoModel) -> None:
    chat = await model._connect_chat()  # noqa: SLF001 — what a stranger would find by trying ports
    address = chat._settings.base_url  # noqa: SLF001
    question = {"messages": [{"role": "user", "content": "hello"}]}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{address}/chat/completions", json=question) as response,
    ):
        assert response.status == 401


@needs_wheels
async def test_it_stops_at_once_in_the_middle_of_an_answer(folder: Path) -> None:
    under_way = asyncio.Event()

    class Notice(Gauge):
        async def admit_call(self, call: Call) -> None:
            under_way.set()

    async with demo_model(folder) as model:
        asking = asyncio.create_task(
            model.reply_to(ModelRequest(query="Tell me all of history.", meter=Notice()))
        )
        await under_way.wait()
    with pytest.raises(ModelUnavailable):
        await asking


@needs_wheels
@pytest.mark.asyncio(loop_scope="module")
async def test_when_its_process_dies_a_later_question_starts_another(model: DemoModel) -> None:
    assert (await model.reply_to(ModelRequest(query="What is 1 + 1?"))).text
    dead = _process(model).pid
    os.kill(dead, signal.SIGKILL)

    async def answer() -> Reply | None:
        try:
            return await model.reply_to(ModelRequest(query="What is 1 + 1?"))
        except ModelUnavailable:
            return None

    assert (await wait_until(answer, "an answer of another process")).text
    assert _process(model).pid != dead


async def test_one_that_dies_at_once_is_not_started_again_and_again(tmp_path: Path) -> None:
    async with running_model(tmp_path / "no-weights.gguf") as model:
        with pytest.raises(ModelRefused, match="did not start"):
            await model.reply_to(ModelRequest(query="What is 1 + 1?"))
        dead = _process(model).pid
        for error in await asyncio.gather(*(_refusal(model) for _ in range(20))):
            assert "started again in a moment" in str(error)
            assert error.retry_after is not None
            assert timedelta() < error.retry_after <= PAUSE
        assert _process(model).pid == dead


async def test_one_that_was_shut_down_stays_so(tmp_path: Path) -> None:
    async with running_model(tmp_path / "no-weights.gguf") as model:
        pass
    assert "shut down" in str(await _refusal(model))


async def test_parts_that_are_not_the_published_file_are_refused_and_say_so(tmp_path: Path) -> None:
    weights, part = tmp_path / "model" / "joined.gguf", tmp_path / "part01.bin"
    part.write_bytes(b"GGUF of another")
    async with running_model(weights, [part]) as model:
        with pytest.raises(ModelRefused, match="damaged; install them again"):
            await model.reply_to(ModelRequest(query="What is 1 + 1?"))
    assert not weights.exists()
    assert not [*weights.parent.glob("*.joining")], "it takes no room on the disk"


def test_two_that_join_the_file_at_once_do_it_one_after_the_other(tmp_path: Path) -> None:
    weights, pipe, part = tmp_path / "model" / "joined.gguf", tmp_path / "pipe", tmp_path / "part01.bin"
    part.write_bytes(b"GGUF")
    os.mkfifo(pipe)
    sha256 = hashlib.sha256(b"GGUF and the rest").hexdigest()
    with ThreadPoolExecutor() as threads:
        joins = [threads.submit(demo_server.join_parts, weights, [part, pipe], sha256=sha256)]
        with pipe.open("wb") as rest, open_lock_file(weights.with_suffix(".lock")) as lock:
            # It is in the middle of its work: it has opened the pipe.
            assert not try_lock(lock, fcntl.LOCK_EX)
            joins.append(threads.submit(demo_server.join_parts, weights, [part, part], sha256=sha256))
            rest.write(b" and the rest")
        for join in joins:
            join.result()
    assert weights.read_bytes() == b"GGUF and the rest"


async def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    taken, part = tmp_path / "taken", tmp_path / "part01.bin"
    taken.write_text("a file, where the folder should be")
    part.write_bytes(b"GGUF")
    async with running_model(taken / "joined.gguf", [part]) as model:
        with pytest.raises(ModelRefused, match="could not be written"):
            await model.reply_to(ModelRequest(query="What is 1 + 1?"))


async def test_a_library_that_the_engine_lacks_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a Debian that has only what it needs."""
    lacks = "raise ImportError('libgomp.so.1: cannot open shared object file: No such file or directory')\n"
    (tmp_path / "xllamacpp.py").write_text(lacks)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    async with running_model(tmp_path / "weights.gguf") as model:
        with pytest.raises(ModelRefused, match="install libgomp1"):
            await model.reply_to(ModelRequest(query="What is 1 + 1?"))


async def _refusal(model: DemoModel) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as refused:
        await model.reply_to(ModelRequest(query="What is 1 + 1?"))
    return refused.value


def _process(model: DemoModel) -> asyncio.subprocess.Process:
    process = model._process  # noqa: SLF001 — what a person would find in a list of processes
    assert process is not None
    return process


@needs_wheels
async def test_its_process_has_no_secret_and_ends_with_the_one_who_started_it_also_by_kill(
    folder: Path,
) -> None:
    code = (
        "import asyncio\n"
        "import sys\n"
        "from pathlib import Path\n"
        "from bot.model.demo import demo_model\n"
        "async def main():\n"
        "    async with demo_model(Path(sys.argv[1])) as model:\n"
        "        await model._connect_chat()\n"
        "        print(model._process.pid, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(folder)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"SLACK_BOT_TOKEN": "xoxb-secret"},
    )
    assert parent.stdout is not None
    child = int((await parent.stdout.readline()).split()[0])
    assert b"xoxb-secret" not in await asyncio.to_thread(_environ_of, child)
    parent.send_signal(signal.SIGKILL)
    await parent.communicate()
    await wait_until(lambda: _gone(child), "the demo model's process to end")


def _environ_of(pid: int) -> bytes:
    """What the process was given, where the system shows it."""
    environ = Path(f"/proc/{pid}/environ")
    return environ.read_bytes() if environ.exists() else b""


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("One. Two! And thr", "One. Two!"),
        ("1.5 is a number and", "1.5 is a number and"),
        ("- one\n- two\n- thr", "- one\n- two"),
        ("Why? Because", "Why?"),
        ("no end in sight", "no end in sight"),
        ("Done.", "Done."),
        ("", ""),
    ],
)
def test_an_answer_that_was_cut_off_ends_with_its_last_sentence(text: str, whole: str) -> None:
    assert whole_sentences(text) == whole
