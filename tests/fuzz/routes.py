"""Sends odd requests at every route of the app, served by `python app.py` in processes of its own.

python -m tests.fuzz.routes --requests 100000 --seed 1
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp
from redis.asyncio import Redis

from scheduler.embedded import run_valkey
from tests.bot.sandbox.town import TOKEN as TOWN_TOKEN
from tests.bot.sandbox.town import open_town
from tests.fuzz.requests import ANNOUNCE, Generator, Secrets
from tests.fuzz.sending import Report, send_requests
from tests.signing import CURRENT_KEY, NEXT_KEY, sign
from tests.stand_ins.openai import openai
from tests.stand_ins.qstash import TOKEN as QSTASH_TOKEN
from tests.stand_ins.qstash import run_qstash
from tests.stand_ins.slack_channel import TOKEN as SLACK_TOKEN
from tests.stand_ins.slack_channel import Slack, slack_channel
from tests.waiting import wait_until

APP: Final = Path(__file__).parents[2] / "app.py"
SLACK_SECRET: Final = "8f742231b10e8888abcd99yyyzzz85a5"
MANY: Final = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "0123456789abcdef0123456789abcdef",
    "SLACK_SIGNING_SECRET": SLACK_SECRET,
    "PRECACHE_KEY": "YSBtYWRlLXVwIGtleSBvZiB0aGlydHktdHdvIGJ5dGU=",
}
PLENTY: Final = {
    "PRECACHE_LIMIT": "100000/1s",
    "PRECACHE_TEAM_LIMIT": "100000/1s",
    "PRECACHE_POSTS": "100000/1s",
}
_TRACEBACK: Final = "Traceback (most recent call last):"
_FAILED: Final = re.compile(r" \w+\.failed\b")
"""A listener's work that was given up, which is logged and told to the person."""
_OF_ANOTHER_SHAPE: Final = (
    "AttributeError",
    "TypeError",
    "KeyError",
    "IndexError",
    "ValueError",
    "OverflowError",
    "UnicodeEncodeError",
    "scheduler.errors.MalformedJob",
)
_KEPT: Final = 400
"""Requests for each job that must be posted, whatever came before and after."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """One server under test."""

    name: str
    url: str
    secrets: Secrets
    kinds: tuple[str, ...]
    log: Path | None = None
    slack: Slack | None = None
    """The stand-in where its posts come, if it is to post."""


@asynccontextmanager
async def run_app(name: str, folder: Path, **environ: str) -> AsyncIterator[tuple[str, Path]]:
    """`python app.py` with these settings, and where it logs."""
    log = folder / f"{name}.log"
    with log.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, APP, "--env", os.devnull),
            env={"PATH": os.environ["PATH"], "PORT": "0", "PRECACHE_DATA": str(folder / name), **environ},
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
        )
    try:

        def served_at() -> str | None:
            said = log.read_text(errors="replace")
            assert process.returncode is None, said[-3_000:]
            found = re.search(r"Precache listens on (\S+)", said)
            return found[1] if found else None

        yield await wait_until(served_at, f"{name} listens", seconds=90), log
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def open_servers(folder: Path) -> AsyncIterator[list[Served]]:
    """The app with every service configured, with many workspaces, with none, and the sandbox alone."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        valkeys = [await enter(run_valkey(Path(await _new_folder(stack)))) for _ in range(3)]
        model, qstash, slack = await enter(openai()), await enter(run_qstash()), await enter(slack_channel())
        hosted = {
            "QSTASH_TOKEN": QSTASH_TOKEN,
            "QSTASH_URL": qstash.url,
            "QSTASH_CURRENT_SIGNING_KEY": CURRENT_KEY,
            "QSTASH_NEXT_SIGNING_KEY": NEXT_KEY,
            "SLACK_API_URL": slack.url,
        }
        usual = {"OPENAI_BASE_URL": model.url, "PRECACHE_MODEL": "openai:test", **PLENTY}
        keys = Secrets(signing_key=CURRENT_KEY, slack_secret=SLACK_SECRET)
        one = {"SLACK_BOT_TOKEN": SLACK_TOKEN, "SLACK_SIGNING_SECRET": SLACK_SECRET}
        url, log = await enter(
            run_app("configured", folder, REDIS_URL=f"unix://{valkeys[0]}", **usual, **hosted, **one)
        )
        servers = [
            Served(
                name="configured",
                url=url,
                secrets=keys,
                kinds=("slack", "slack", "delivery", "plain", "raw"),
                log=log,
                slack=slack,
            )
        ]
        public = {
            "PUBLIC_URL": "http://127.0.0.1:9",
            "SLACK_API_URL": "http://127.0.0.1:9/api/",
        }  # nobody is there
        url, log = await enter(
            run_app("many", folder, REDIS_URL=f"unix://{valkeys[1]}", **usual, **{**hosted, **MANY, **public})
        )
        servers.append(Served(name="many", url=url, secrets=keys, kinds=("oauth", "slack", "raw"), log=log))
        url, log = await enter(run_app("sandbox", folder, **usual))
        told = dict(
            line.split("=", 1) for line in (folder / "sandbox/qstash.env").read_text().splitlines()[1:]
        )
        own = Secrets(signing_key=told["QSTASH_CURRENT_SIGNING_KEY"], qstash_token=told["QSTASH_TOKEN"])
        servers.append(
            Served(
                name="sandbox",
                url=url,
                secrets=own,
                kinds=("page", "page", "qstash", "delivery", "plain"),
                log=log,
            )
        )
        client = await enter(Redis.from_url(f"unix://{valkeys[2]}"))
        town = await enter(open_town(client))
        secrets = Secrets(signing_key=CURRENT_KEY, bot_token=TOWN_TOKEN)
        servers.append(Served(name="town", url=town.url, secrets=secrets, kinds=("web_api",)))
        yield servers


async def _new_folder(stack: AsyncExitStack) -> str:
    return stack.enter_context(tempfile.TemporaryDirectory(prefix="valkey-"))


async def attack(served: Served, number: int, *, seed: int) -> tuple[Report, list[str]]:
    """Send so many requests, and among them jobs that must each be posted once; what was not is told."""
    report, kept = Report(), list[str]()
    generator = Generator(url=served.url, secrets=served.secrets, kinds=served.kinds, seed=seed)
    left = number
    while left > 0:
        await send_requests(generator, min(left, _KEPT), report=report)
        left -= _KEPT
        if served.slack is not None:
            kept.append(await _send_job(served, f"kept-{seed}-{len(kept)}"))
    posted = Counter(
        post["metadata"]["event_payload"]["run"]
        for post in (served.slack.posts if served.slack is not None else ())
        if post.get("metadata")
    )
    return report, [f"{run} was posted {posted[run]} times" for run in kept if posted[run] != 1]


async def _send_job(served: Served, name: str) -> str:
    """A job as it should be; the run that it is."""
    body = json.dumps({"query": "Why?", "team": "T1", "channel": "C1", "user": "U1", "id": name}).encode()
    token = sign(body, f"{served.url}{ANNOUNCE}", served.secrets.signing_key, now=datetime.now(UTC))
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{served.url}{ANNOUNCE}", data=body, headers={"Upstash-Signature": token}) as answer,
    ):
        await answer.read()
    return f"T1:{name}"


async def run_all(number: int, *, seed: int) -> int:
    """Attack all servers, one after the other; 1 if anything was not as it must be."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="precache-routes-") as folder:
        async with open_servers(Path(folder)) as servers:
            for served in servers:
                report, lost = await attack(served, number // len(servers), seed=seed)
                raised = _tracebacks_in(served.log)
                counts = f"{len(report.faults)} faults, {len(raised)} tracebacks, {len(lost)} lost"
                print(f"{served.name}: {report.number:,} answers, {counts}", flush=True)
                for (kind, status), count in sorted(report.statuses.items(), key=str):
                    print(f"    {kind:10} {status!s:40} {count:>8,}")
                for fault in report.faults[:20]:
                    print(f"    FAULT {fault.answer}\n        {str(fault.request)[:1_500]}")
                for words in (*raised[:5], *lost[:5]):
                    print(words)
                failed += len(report.faults) + len(raised) + len(lost)
    print(f"\n{failed} faults.")
    return 1 if failed else 0


def _tracebacks_in(log: Path | None) -> list[str]:
    """What was raised and not known; a body that is not of Slack's shape is told as one, and is no fault."""
    said = "" if log is None else log.read_text(errors="replace")
    before, *raised = said.split(_TRACEBACK)
    found = []
    for trace in raised:
        error = next((line for line in trace.splitlines()[1:] if line and line[0] not in " \t"), "")
        told = before.rstrip().rpartition("\n")[2]
        if not (_FAILED.search(told) and error.startswith(_OF_ANOTHER_SHAPE)):
            found.append(f"{told}\n{_TRACEBACK}{trace[:3_000]}")
        before = trace
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.routes")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    return asyncio.run(run_all(options.requests, seed=options.seed))


if __name__ == "__main__":
    sys.exit(main())
