"""Terraform, the platforms' descriptions and Slack's manifest: what they name is there, and fits Precache."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import hcl2
import pytest
import yaml

from deploy.checks.places import DEPLOY, PROJECT, known_variables, run
from deploy.checks.recipe import RECIPE

TERRAFORM: Final = DEPLOY / "terraform"
PLATFORMS: Final = DEPLOY / "platforms"
DATABASE: Final = {
    *("database_name", "region", "primary_region", "read_regions", "tls", "eviction", "auto_scale"),
    *("budget", "prod_pack", "ip_allowlists"),
}
"""The arguments of upstash_redis_database: https://upstash.com/docs/devops/terraform/resources/upstash_redis_database."""


def read_terraform(text: str) -> dict[str, Any]:
    found: dict[str, Any] = hcl2.load(io.StringIO(text))
    return found


def terraform_text() -> str:
    return "\n".join(path.read_text() for path in sorted(TERRAFORM.glob("*.tf")))


def find_terraform_problems(text: str) -> list[str]:
    """Say what is wrong with what Terraform would make."""
    read, problems = read_terraform(text), []
    (resource,) = read["resource"]
    database = {
        name: value
        for name, value in resource["upstash_redis_database"]["precache"].items()
        if not name.startswith("__")
    }
    plain = {name: value[0] if isinstance(value, list) else value for name, value in database.items()}
    problems += [f"{name} is no argument" for name in set(plain) - DATABASE - {"lifecycle"}]
    if plain.get("eviction") is not False:
        problems.append("a full database would throw schedules away")
    if "read_regions" in plain:
        problems.append("a replica may not have yet what was just written")
    if plain.get("lifecycle") is None:
        problems.append("the schedules can be destroyed by a slip")
    declared = {name for block in read["variable"] for name in block}
    problems += [f"var.{name} is not declared" for name in set(re.findall(r"var\.(\w+)", text)) - declared]
    for block in read["output"]:
        for name, output in block.items():
            if "rest_token" in str(output) and "sensitive" not in output:
                problems.append(f"{name} shows the token")
            names = set(re.findall(r"([A-Z_]+)=", str(output)))
            problems += [f"{variable} is no variable" for variable in names - known_variables()]
    return sorted(problems)


def test_terraform_makes_a_database_that_keeps_schedules() -> None:
    assert find_terraform_problems(terraform_text()) == []
    assert not list(TERRAFORM.glob(".terraform*"))


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("eviction   = false", "eviction   = true", "a full database would throw schedules away"),
        ("tls            = true", "tsl            = true", "tsl is no argument"),
        ("var.region", "var.regions", "var.regions is not declared"),
        ("sensitive   = true\n  value", "value", "env shows the token"),
        ("UPSTASH_REDIS_REST_URL=", "UPSTASH_REDIS_URL=", "UPSTASH_REDIS_URL is no variable"),
        (
            "auto_scale = var",
            'read_regions = ["us-east-1"]\n  auto_scale = var',
            "a replica may not have yet what was just written",
        ),
    ],
)
def test_terraform_that_is_wrong_is_told(right: str, wrong: str, told: str) -> None:
    text = terraform_text()
    assert right in text
    assert find_terraform_problems(text.replace(right, wrong)) == [told]


@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs terraform")
def test_terraform_is_formatted(tmp_path: Path) -> None:
    assert run(["terraform", f"-chdir={TERRAFORM}", "fmt", "-check"])[0] == 0
    (tmp_path / "main.tf").write_text((TERRAFORM / "main.tf").read_text().replace("  region  ", "region "))
    assert run(["terraform", f"-chdir={tmp_path}", "fmt", "-check"])[0] != 0


def test_fly_keeps_two_copies_awake() -> None:
    fly = tomllib.loads((PLATFORMS / "fly.toml").read_text())
    service = fly["http_service"]
    assert service["internal_port"] == int(fly["env"]["PORT"])
    assert (service["auto_stop_machines"], service["min_machines_running"]) == ("off", 2)
    assert service["force_https"] is True
    assert [check["path"] for check in service["checks"]] == ["/readyz"]
    assert (fly["kill_signal"], fly["kill_timeout"] > 5) == ("SIGTERM", True)
    assert set(fly["env"]) <= known_variables()


def test_render_asks_for_every_secret() -> None:
    blueprint = yaml.safe_load((PLATFORMS / "render.yaml").read_text())
    (service,) = blueprint["services"]
    assert (PROJECT / service["dockerfilePath"]).samefile(RECIPE)
    assert service["healthCheckPath"] == "/healthz"
    assert service["numInstances"] == 2
    assert 5 < service["maxShutdownDelaySeconds"] <= 300
    variables = {entry["key"]: entry for entry in service["envVars"]}
    assert set(variables) <= known_variables()
    secret = {name for name in variables if name not in ("HOST", "PORT")}
    assert all(variables[name] == {"key": name, "sync": False} for name in secret)
    needed = {
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "QSTASH_TOKEN",
        "UPSTASH_REDIS_REST_TOKEN",
        "PUBLIC_URL",
    }
    assert needed <= secret


def test_railway_builds_the_image_and_lets_it_end() -> None:
    railway = json.loads((PLATFORMS / "railway.json").read_text())
    assert (PROJECT / railway["build"]["dockerfilePath"]).samefile(RECIPE)
    deploy = railway["deploy"]
    assert deploy["healthcheckPath"] == "/healthz"
    assert isinstance(deploy["drainingSeconds"], int)  # as text, Railway refuses it
    assert deploy["drainingSeconds"] > 5


def print_manifest(*words: str, **environ: str) -> tuple[int, str]:
    """What Slack's CLI gets: its own command, from its own folder."""
    hooks = json.loads((DEPLOY / "slack/.slack/hooks.json").read_text())["hooks"]
    python, *rest = hooks["get-manifest"].split()
    assert python == "../../.venv/bin/python"
    done = subprocess.run(
        [sys.executable, *rest, *words],
        cwd=DEPLOY / "slack",
        env={"PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout or done.stderr


def test_the_manifest_has_ones_own_addresses() -> None:
    status, printed = print_manifest(PUBLIC_URL="https://bots.example.org/precache/")
    assert status == 0
    assert set(re.findall(r"https://[^\"]+", printed)) == {
        f"https://bots.example.org/precache/slack/{name}" for name in ("events", "oauth_redirect")
    }
    original = yaml.safe_load((PROJECT / "manifest.yml").read_text())
    assert json.loads(printed)["oauth_config"]["scopes"] == original["oauth_config"]["scopes"]
    assert json.loads((DEPLOY / "slack/.slack/config.json").read_text()) == {"manifest": {"source": "local"}}


def test_the_manifest_of_socket_mode_has_no_address() -> None:
    status, printed = print_manifest("--socket-mode")
    assert status == 0
    assert "https://" not in printed
    assert json.loads(printed)["settings"]["socket_mode_enabled"] is True


@pytest.mark.parametrize("url", ["", "http://example.com", "example.com", "https://example.com?x=1"])
def test_a_manifest_is_not_made_for_what_slack_cannot_reach(url: str) -> None:
    status, said = print_manifest(PUBLIC_URL=url)
    assert status == 1
    assert "PUBLIC_URL: expected the https address" in said
