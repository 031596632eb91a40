"""Export, diff, import and the list, as an operator calls them: from one Redis into an empty one."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tests.running import ADA, GENERAL, TEAM, precache

ROOT = Path(__file__).parents[3]
FILE = f"""\
format: 1
workspaces:
- id: {TEAM}
  schedules:
  - name: Weekly report
    prompt: |
      Summarise this.
      In two lines.
    when: every monday at 9
    zone: Europe/Berlin
    channel: {{id: {GENERAL}}}
    owner: {{id: {ADA}}}
  - id: kolu-tane
    prompt: What is new?
    when: every weekday at 9am except holidays in DE
    zone: UTC
    channel: {{id: {GENERAL}}}
    owner: {{id: {ADA}}}
    paused: true
"""


async def run_app(data: Path, *words: str, port: int = 9) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "app.py"), "--env", "/dev/null", *words),
        env={"PATH": "/usr/bin:/bin", "PRECACHE_DATA": str(data), "PORT": str(port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def list_of(data: Path, *, port: int) -> list[dict[str, Any]]:
    status, out, err = await run_app(data, "schedules", "--json", port=port)
    assert (status, err) == (0, "")
    rows: list[dict[str, Any]] = json.loads(out)
    return rows


async def test_schedules_go_from_one_redis_into_an_empty_one_with_the_same_next_runs(tmp_path: Path) -> None:
    file, first, second = tmp_path / "schedules.yaml", tmp_path / "first", tmp_path / "second"
    file.write_text(FILE)
    async with precache(data=first) as bot:
        port = bot.settings.port
        assert (await run_app(first, "diff", str(file), port=port))[0] == 3
        status, out, err = await run_app(first, "import", str(file), port=port)
        assert (status, err) == (0, ""), out
        assert out.splitlines()[-1] == "2 added, 0 changed, 0 the same"
        async with bot.qstash() as qstash:
            held = {entry.schedule_id: entry.paused for entry in await qstash.schedule.list()}
        rows = await list_of(first, port=port)
        assert held == {row["id"]: row["state"] == "paused" for row in rows}
        assert sorted(row["state"] for row in rows) == ["active", "paused"]
        assert (await run_app(first, "schedules", "pause", port=port))[1] == (
            f"{TEAM}: 1 paused; 1 owner could not be told\n"
        )
        assert {row["state"] for row in await list_of(first, port=port)} == {"paused"}
        assert "1 resumed" in (await run_app(first, "schedules", "resume", port=port))[1]
        copy = tmp_path / "copy.yaml"
        copy.write_text("an older one, which others may read")
        assert (await run_app(first, "export", "--to", str(copy), port=port))[0] == 0
        assert copy.stat().st_mode & 0o077 == 0, "prompts are for the operator alone"
        assert not copy.with_name("copy.yaml.part").exists()
    status, out, _ = await run_app(second, "import", str(copy))
    assert (status, out.splitlines()[0]) == (
        0,
        "Stored. No copy serves with these settings; the next one gives them to QStash.",
    )
    moved = await list_of(second, port=9)
    assert [{**row, "state": ""} for row in moved] == [{**row, "state": ""} for row in rows]
    assert (await run_app(second, "diff", str(copy)))[0] == 0


async def test_what_is_in_the_way_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "schedules.yaml"
    status, out, err = await run_app(tmp_path / "data", "diff", str(file))
    assert (status, out, err) == (1, "", f"diff: {file}: No such file or directory\n")
    file.write_bytes(b"\xff\xfe")
    assert (await run_app(tmp_path / "data", "import", str(file)))[2] == (
        f"import: {file}: expected text in UTF-8\n"
    )
    file.write_text(
        FILE.replace("    zone: Europe/Berlin", "    zone: Europe/Berlin\n    model: openai:gpt-x")
    )
    assert (await run_app(tmp_path / "data", "diff", str(file)))[1].splitlines() == [
        f"! {TEAM}  Weekly report: its model openai:gpt-x is not in PRECACHE_MODELS, and its runs fail until "
        "it is",
        f"+ {TEAM}  Weekly report: new",
        f"+ {TEAM}  kolu-tane: new",
        "0 the same",
    ]
    file.write_text(FILE)
    for new_id, said in (
        ("T0NOWHERE=T1", "import: --replace: T0NOWHERE stands nowhere in the file\n"),
        (f"{TEAM}=acme", "app.py import: argument --replace: expected OLD=NEW"),
    ):
        status, _, err = await run_app(tmp_path / "data", "import", str(file), "--replace", new_id)
        assert (status != 0, err[: len(said)]) == (True, said)
