"""The dashboard's queries and the alert rules, run by Prometheus itself against a copy that serves."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

from deploy.checks.places import DEPLOY, PROJECT, run

ALERTS = DEPLOY / "monitoring" / "alerts.yml"
DASHBOARD = DEPLOY / "monitoring" / "dashboard.json"
SCRAPES = 3
PATIENCE = 120
"""Seconds within which a program starts, or has looked often enough."""
MAY_BE_EMPTY = (
    "model_calls",
    "model_cost",
    "model_tokens",
    "> 0)",
    "histogram_quantile",
)
"""Queries about what a fresh copy has not done yet."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def running(*words: str | Path, **environ: str) -> Iterator[None]:
    process = subprocess.Popen(
        [str(word) for word in words],
        env={"PATH": os.environ["PATH"], **environ},
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def ask(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - of this machine
        return json.loads(response.read())


def until(look: Any, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if look():
                return
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.2)
    pytest.fail(f"waited {PATIENCE} s for {what}")


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prometheus's address, once it has looked at a copy several times."""
    if which("prometheus") is None:
        if os.environ.get("CI"):
            pytest.fail("prometheus is not installed (apt-get install prometheus)")
        pytest.skip("prometheus is not installed (apt-get install prometheus)")
    folder = tmp_path_factory.mktemp("prometheus")
    port, own = free_port(), free_port()
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(ALERTS)],
        "scrape_configs": [{"job_name": "precache", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    url = f"http://127.0.0.1:{own}"
    with (
        running(
            *(PROJECT / ".venv/bin/python", PROJECT / "app.py", "--env", os.devnull),
            PORT=str(port),
            PRECACHE_DATA=str(folder / "data"),
            OPENAI_BASE_URL="http://127.0.0.1:9",
        ),
        running(
            "prometheus",
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{own}",
        ),
    ):
        query = urllib.parse.urlencode({"query": "count_over_time(up{job='precache'}[1h]) > 2 and up == 1"})
        until(lambda: ask(f"{url}/api/v1/query?{query}")["data"]["result"], "some looks at the copy")
        yield url


def _groups(prometheus: str) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = ask(f"{prometheus}/api/v1/rules")["data"]["groups"]
    return groups


def queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


@pytest.mark.parametrize("query", queries())
def test_each_query_of_the_dashboard_is_answered(prometheus: str, query: str) -> None:
    told = ask(f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
    assert told["status"] == "success"
    if not any(part in query for part in MAY_BE_EMPTY):
        assert told["data"]["result"], f"nothing for {query}"


def test_the_rules_are_taken_and_none_fires_for_a_copy_that_is_well(prometheus: str) -> None:
    status, said = run(["promtool", "check", "rules", ALERTS])
    assert (status, "SUCCESS" in said) == (0, True), said
    until(
        lambda: all(rule["health"] == "ok" for group in _groups(prometheus) for rule in group["rules"]),
        "each rule to be looked at",
    )
    (group,) = _groups(prometheus)
    names = {rule["name"] for rule in group["rules"]}
    assert names == {rule["alert"] for rule in yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]}
    assert {rule["state"] for rule in group["rules"]} == {"inactive"}


def test_a_rule_fires_when_it_should(tmp_path: Path) -> None:
    """Prometheus's own tests of rules: a copy that is away, late slots, runs that fail."""
    series = {
        "PrecacheDown": ('up{job="precache",instance="a"}', "0x20"),
        "PrecacheSlotsLate": ("precache_late_slots", "2x40"),
        "PrecacheRunsFail": ('precache_runs_total{outcome="failed"}', "0+5x60"),
        "PrecacheRetries": ('precache_deliveries_total{verdict="retry"}', "0+5x60"),
        "PrecacheSpending": ('precache_model_cost_dollars_total{model="a"}', "0+5x60"),
    }
    tests = {
        "rule_files": [str(ALERTS)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values}],
                "promql_expr_test": [
                    {
                        "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
                        "eval_time": "60m" if values.endswith("60") else "15m",
                        "exp_samples": [{"labels": "{}", "value": 1}],
                    }
                ],
            }
            for alert, (name, values) in series.items()
        ],
    }
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump(tests))
    status, said = run(["promtool", "test", "rules", file])
    assert status == 0, said
