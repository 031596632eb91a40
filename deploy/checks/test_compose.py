"""The compose files: what the specification allows, what a service must not lack, and Caddy's own opinion."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from deploy.checks.places import DEPLOY, known_variables, run, tool
from deploy.checks.recipe import RECIPE, read_recipe

FILES: Final = tuple(sorted(DEPLOY.glob("compose/*/compose.yaml")))
OWN: Final = frozenset({"HOST", "PORT", "PRECACHE_DATA"})


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def find_problems(compose: dict[str, Any], folder: Path) -> list[str]:
    """Say what services of a compose file lack."""
    problems = []
    for name, service in compose["services"].items():
        wanted = {
            "read_only": service.get("read_only") is True,
            "cap_drop": service.get("cap_drop") == ["ALL"],
            "no-new-privileges": "no-new-privileges:true" in service.get("security_opt", ()),
            "mem_limit": "mem_limit" in service,
            "pids_limit": "pids_limit" in service,
            "restart": service.get("restart") == "unless-stopped",
            "a version": ":" in service["image"] or "build" in service,
            "a bounded log": "max-size" in service.get("logging", {}).get("options", {}),
            "a health check": "healthcheck" in service or "build" in service,
        }
        problems += [f"{name} lacks {what}" for what, there in wanted.items() if not there]
        if "build" not in service:
            continue
        build, environ = service["build"], service["environment"]
        context = folder / build["context"]
        if not (context / build["dockerfile"]).is_file() or not (context / "app.py").is_file():
            problems.append(f"{name} is built from what is not there")
        if (folder / service["env_file"]).resolve() != (context / ".env").resolve():
            problems.append(f"{name} reads another .env than the project's")
        if unknown := set(environ) - OWN:
            problems.append(f"{name} sets what belongs into .env: {unknown}")
        is_shared = any(
            other.get("network_mode") == f"service:{name}" for other in compose["services"].values()
        )
        if environ["HOST"] != ("127.0.0.1" if is_shared else "0.0.0.0"):  # noqa: S104 - a container's
            problems.append(f"{name} listens where Caddy does not ask, or others may")
        if "ports" in service and not is_shared:
            problems.append(f"{name} is open beside Caddy")
        stop = re.fullmatch(r"(\d+)s", service.get("stop_grace_period", ""))
        if stop is None or int(stop[1]) <= 5:
            problems.append(f"{name} is killed while it answers what is in hand")
    return problems


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_file_is_as_specified_and_lacks_nothing(path: Path) -> None:
    assert run([tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", path])[0] == 0
    assert find_problems(load(path), path.parent) == []
    variables = set(re.findall(r"\$\{([A-Z_]+)", path.read_text()))
    assert variables <= known_variables() | {"IMAGE"}


@pytest.mark.parametrize(
    "field", ["read_only", "cap_drop", "security_opt", "mem_limit", "restart", "stop_grace_period"]
)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_service_that_lacks_something_is_told(path: Path, field: str) -> None:
    compose = copy.deepcopy(load(path))
    service = next(service for service in compose["services"].values() if "build" in service)
    del service[field]
    assert len(find_problems(compose, path.parent)) == 1


def test_a_copy_that_is_open_or_wrongly_bound_is_told() -> None:
    one, several = (DEPLOY / f"compose/{name}/compose.yaml" for name in ("one-machine", "copies"))
    compose = copy.deepcopy(load(several))
    compose["services"]["first"]["ports"] = ["3000:3000"]
    assert find_problems(compose, several.parent) == ["first is open beside Caddy"]
    compose = copy.deepcopy(load(one))
    compose["services"]["precache"]["environment"]["HOST"] = "0.0.0.0"  # noqa: S104
    (problem,) = find_problems(compose, one.parent)
    assert "or others may" in problem


def test_a_file_against_the_specification_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "compose.yaml"
    broken.write_text(FILES[0].read_text().replace("restart: unless-stopped", "restarts: unless-stopped", 1))
    assert run([tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", broken])[0] != 0


def test_the_volume_is_where_the_image_keeps_its_data() -> None:
    environ = dict(read_recipe(RECIPE.read_text())["bare"].steps)["ENV"]
    (kept,) = re.findall(r"PRECACHE_DATA=(\S+)", environ)
    service = load(DEPLOY / "compose/one-machine/compose.yaml")["services"]["precache"]
    assert service["environment"]["PRECACHE_DATA"] == kept
    assert f"data:{kept}" in service["volumes"]


@pytest.mark.parametrize(
    "path", sorted(DEPLOY.glob("**/Caddyfile*")), ids=lambda path: "/".join(path.parts[-2:])
)
def test_caddy_takes_each_caddyfile(path: Path) -> None:
    words = [tool("caddy"), "validate", "--adapter", "caddyfile", "--config", path]
    status, said = run(words, PUBLIC_URL="https://precache.example.com")
    assert (status, "Valid configuration" in said) == (0, True), said
    assert run([tool("caddy"), "fmt", path])[1].split("\n") == path.read_text().split("\n")


def test_caddy_tells_a_broken_caddyfile(tmp_path: Path) -> None:
    path = tmp_path / "Caddyfile"
    path.write_text((DEPLOY / "compose/copies/Caddyfile").read_text().replace("health_uri", "health_url"))
    assert (
        run(
            [tool("caddy"), "validate", "--adapter", "caddyfile", "--config", path], PUBLIC_URL="https://a.b"
        )[0]
        != 0
    )
