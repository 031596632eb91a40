"""The dashboard and the alert rules ask for metrics that there are, by labels that they have."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.answers import NearCache
from bot.model import Call, Tokens
from bot.stats import Metrics

ROOT = Path(__file__).parents[3]
MONITORING = ROOT / "deploy" / "monitoring"
ALERTS = [
    rule
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
PANELS = [
    panel
    for panel in json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    if panel["type"] != "row"
]
QUERIES = [
    *(target["expr"] for panel in PANELS for target in panel["targets"]),
    *(rule["expr"] for rule in ALERTS),
]
OTHERS = {"job", "instance", "le"}
"""Labels that Prometheus adds itself, and that of a histogram's bounds."""


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """The labels of each sample of a process that has counted one of each."""
    metrics = Metrics()
    metrics.watch_gauges(
        redis_requests=lambda: 1, tasks=lambda: 1, unknown_ends=lambda: 1, near_cache=NearCache(room=1)
    )
    call = Call(model="openai:a", most_sent=1, most_tokens=1)
    metrics.count_call(call, Tokens(sent=1, received=1), billed=True, cost=1)
    metrics.note_late_slots(0)
    found: dict[str, set[str]] = {"up": set()}
    for family in text_string_to_metric_families(metrics.render_page().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_names_metrics_and_labels_that_there_are(query: str, labels: dict[str, set[str]]) -> None:
    named = re.findall(r"\b((?:precache|process)_\w+|up)(?:\{([^}]*)\})?", query)
    assert named
    for metric, selector in named:
        assert metric in labels, query
        asked = set(re.findall(r'(\w+)(?:=~|=|!=)"', selector))
        assert asked <= labels[metric] | OTHERS, query
    grouped = {label.strip() for part in re.findall(r"by \(([^)]*)\)", query) for label in part.split(",")}
    assert grouped <= set().union(*(labels[metric] for metric, _ in named)) | OTHERS, query


def test_each_alert_has_a_runbook() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    headings = set(re.findall(r"^### (\w+)$", page, re.MULTILINE))
    names = {rule["alert"] for rule in ALERTS}
    assert names == {heading for heading in headings if heading.startswith("Precache")}
    for rule in ALERTS:
        assert rule["annotations"]["runbook"] == f"docs/operating.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("page", "warn")


def test_each_metric_of_ours_is_on_the_dashboard_or_in_an_alert(labels: dict[str, set[str]]) -> None:
    def family_of(name: str) -> str:
        return re.sub(r"_(bucket|count|sum|total)$", "", name)

    shown = {family_of(name) for query in QUERIES for name in re.findall(r"\bprecache_\w+", query)}
    ours: set[Any] = {family_of(name) for name in labels if name.startswith("precache_")}
    assert ours - shown == {"precache_build_info"}


def test_the_words_in_the_table_are_those_that_are_said() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    table = page.partition("## When it says …")[2]
    quoted = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    events = re.findall(r"\(?`([a-z_]+\.[a-z_]+)(?: [^`]*)?`", page)
    assert len(quoted) > 15
    source = "\n".join(
        path.read_text() for wing in ("bot", "scheduler") for path in (ROOT / wing).rglob("*.py")
    )
    for words in (*quoted, *events):
        assert words in source, words


def test_the_page_names_each_metric_and_no_other(labels: dict[str, set[str]]) -> None:
    page = (ROOT / "docs" / "telemetry.md").read_text()
    named = set(re.findall(r"`(precache_\w+)`", page))
    ours = {name for name in labels if name.startswith("precache_")}
    assert named == {re.sub(r"_(bucket|count|sum)$", "", name) for name in ours}
