"""Doctor: look at every service, and say that it is well, or what to do; never a value that is secret."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from bot import VERSION
from bot.cli.arguments import Doctor
from bot.cli.output import print_json, print_text
from bot.cli.settings import read_settings
from bot.server import Finding, diagnose_services
from bot.settings import SettingsError

_WORDS: Final = {
    "fine": "ok",
    "unasked": "not asked",
    "unreached": "NO ANSWER",
    "doubtful": "LOOK AT",
    "refused": "WRONG",
}
_CONFIG_TOKEN: Final = "SLACK_CONFIG_TOKEN"  # noqa: S105 - its name


def examine_all(act: Doctor, env: Path | None, *, project: Path) -> int:
    """Print the findings; the exit status is 1 if anything is wrong or does not answer."""
    try:
        read = read_settings(env, project=project)
    except SettingsError as exc:
        findings = [Finding(what="Settings", state="refused", advice=problem) for problem in exc.problems]
        findings += _doubt_settings(exc.advice)
    else:
        findings = _doubt_settings(read.advice) or [
            Finding(what="Settings", state="fine", detail=read.settings.read_from or "")
        ]
        findings += asyncio.run(
            diagnose_services(read.settings, config_token=os.environ.get(_CONFIG_TOKEN, "").strip() or None)
        )
    is_well = not any(_is_wrong(finding) for finding in findings)
    if act.as_json:
        told = [asdict(finding) for finding in findings]
        print_json({"version": VERSION, "ok": is_well, "findings": told})
    else:
        print_text(_as_text(findings))
    return 0 if is_well else 1


def _doubt_settings(advice: Sequence[str]) -> list[Finding]:
    return [Finding(what="Settings", state="doubtful", advice=line) for line in advice]


def _is_wrong(finding: Finding) -> bool:
    return finding.state in ("refused", "unreached") or finding.blocks


def _as_text(findings: Sequence[Finding]) -> str:
    word = max(map(len, _WORDS.values()))
    what = max(len(finding.what) for finding in findings)
    lines = []
    for finding in findings:
        said = finding.advice or finding.detail
        state = "refused" if finding.blocks else finding.state
        lines.append(f"{_WORDS[state]:<{word}}  {finding.what:<{what}}  {said}".rstrip())
    wrong = sum(_is_wrong(finding) for finding in findings)
    doubts = sum(finding.state == "doubtful" and not finding.blocks for finding in findings)
    return "\n".join((*lines, "", f"Precache {VERSION}: {wrong} wrong, {doubts} to look at"))
