"""The documents lead to files that exist, and the README says what was measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
PATH = re.compile(r"`((?:app|bot|docs|scheduler|tests)/[\w./-]*)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_each_link_to_a_file_leads_to_one(document: Path) -> None:
    targets = LINK.findall(document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_each_path_that_is_named_is_there(name: str) -> None:
    paths = PATH.findall((ROOT / name).read_text())
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_figures_of_the_readme_are_those_that_were_measured() -> None:
    readme = (ROOT / "README.md").read_text()
    measured = (ROOT / "docs" / "performance.md").read_text()

    def said(pattern: str, text: str) -> float:
        found = re.search(pattern, text)
        assert found, pattern
        return float(found[1])

    held = said(r"returned in ([\d.]+) ms", readme)
    posted = said(r"posted in ([\d.]+) ms", readme)
    acknowledged = said(r"acknowledged within (\d+) ms", readme)
    assert held == round(said(r"400 prompts \| Precache \|[^|]+\| ([\d.]+)", measured), 2)
    assert posted == round(said(r"posted again \| Precache \|[^|]+\| ([\d.]+)", measured), 1)
    part = {4: "a quarter", 5: "a fifth", 6: "a sixth", 7: "a seventh"}
    times = said(r"posted again \| stock clients \| ([\d.]+) ×", measured)
    assert f"{part[round(times)]} of what the same road takes" in readme
    assert acknowledged >= said(
        r"slash command to acknowledgement, [^:]+: p99 [\d.]+ ms \([\d.]+–(\d+)\)", measured
    )
