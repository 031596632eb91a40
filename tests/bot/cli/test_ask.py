"""Asking from the command line: the road of any other prompt, to the copy that serves."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from redis.asyncio import Redis as RawRedis

from tests.running import precache
from tests.stand_ins.openai import OpenAI, fails, says

ROOT = Path(__file__).parents[3]


async def run_ask(*words: str, environ: Mapping[str, str], given: str = "") -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "app.py"), "ask", "--env", "/dev/null", *words),
        env={"PATH": "/usr/bin:/bin", **environ},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(given.encode())
    return process.returncode, out.decode(), err.decode()


async def test_a_prompt_is_answered_once_and_then_from_the_cache(
    tmp_path: Path, valkey_socket: Path, redis_raw: RawRedis, model: OpenAI
) -> None:
    async with precache(data=tmp_path, valkey=valkey_socket, model_url=model.url) as bot:
        environ = {"PORT": str(bot.settings.port), "PRECACHE_DATA": str(bot.settings.data)}
        model.next.append(says("A place to keep what is needed again."))
        assert await run_ask("What is a cache?", environ=environ) == (
            0,
            "A place to keep what is needed again.\n",
            "",
        )
        status, out, _ = await run_ask("--json", "-", environ=environ, given="What is a cache?\n")
        assert (status, json.loads(out)) == (
            0,
            {"answer": "A place to keep what is needed again.", "cache": "HIT"},
        )
        model.next.append(fails(401))
        status, out, err = await run_ask("And a lease?", environ=environ)
        assert (status, out) == (1, "")
        assert err.startswith("ask: not answered (HTTP ")
        assert err.endswith((" s)\n", "(the log of that copy says why)\n"))
        assert sum(model.asked.values()) == 2


@pytest.mark.parametrize(
    ("words", "given", "environ", "said"),
    [
        (["-"], " \n", {}, "ask: expected a prompt"),
        (["x" * 20_000], "", {}, "ask: expected a prompt of at most"),
        (["hi"], "", {}, "has served with the folder"),
        (["hi"], "", {"PORT": "http"}, "PORT: "),
    ],
)
async def test_what_cannot_be_asked_is_told_in_a_line(
    tmp_path: Path, words: list[str], given: str, environ: Mapping[str, str], said: str
) -> None:
    status, out, err = await run_ask(
        *words, environ={"PRECACHE_DATA": str(tmp_path / "none"), **environ}, given=given
    )
    assert (status, out) == (1, "")
    assert said in err
    assert not (tmp_path / "none").exists()
