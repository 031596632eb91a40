"""The systemd unit: read by systemd's own tools, and its strictest rules tried on the running image."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Final

import pytest

from deploy.checks.places import DEPLOY, PROJECT, known_variables, run
from deploy.checks.proxied import free_port, wait_for
from deploy.checks.recipe import Stage, stop
from deploy.checks.test_image import container_of

FOLDER: Final = DEPLOY / "systemd"
UNIT: Final = FOLDER / "precache.service"
THRESHOLD: Final = "20"
"""Tenths of systemd's exposure level, which is 9.6 for a service that says nothing."""

DENY_WRITE_EXECUTE: Final = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
if libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0):
    sys.exit("this kernel knows no PR_SET_MDWE")
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""What MemoryDenyWriteExecute=yes asks of the kernel, from systemd 253 on."""


@pytest.fixture(autouse=True, scope="module")
def systemd() -> None:
    if shutil.which("systemd-analyze") is None:
        if os.environ.get("CI"):
            pytest.fail("needs systemd-analyze")
        pytest.skip("needs systemd-analyze")


def verify(unit: Path, root: Path) -> str:
    """What systemd says about a unit, on a machine where Precache is installed."""
    python = root / "opt/precache/.venv/bin/python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    target = root / "etc/systemd/system"
    target.mkdir(parents=True, exist_ok=True)
    (target / "precache.service").write_text(unit.read_text())
    for name in (
        "network-online.target",
        "multi-user.target",
        "sysinit.target",
        "basic.target",
        "shutdown.target",
    ):
        (target / name).write_text("[Unit]\nDescription=x\n")
    said = run(["systemd-analyze", "verify", "--root", root, "--man=no", "precache.service"])[1]
    return "\n".join(line for line in said.splitlines() if "precache" in line)


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    assert verify(UNIT, tmp_path) == ""


def test_a_line_that_systemd_does_not_know_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "precache.service"
    broken.write_text(UNIT.read_text().replace("ProtectSystem=", "ProtectsSystem="))
    assert "ProtectsSystem" in verify(broken, tmp_path / "root")


@pytest.mark.parametrize(("line", "is_fine"), [("", True), ("SystemCallFilter=@system-service\n", False)])
def test_it_is_closed_off(tmp_path: Path, line: str, is_fine: bool) -> None:
    unit = tmp_path / "precache.service"
    text = UNIT.read_text()
    assert line in text
    unit.write_text(text if is_fine else text.replace(line, "").replace("CapabilityBoundingSet=\n", ""))
    words = ["systemd-analyze", "security", "--offline=true", f"--threshold={THRESHOLD}", unit]
    status, said = run(words)
    assert (status == 0) == is_fine, said


def test_it_is_told_to_stop_as_it_expects() -> None:
    text = UNIT.read_text()
    assert "KillMode=mixed" in text  # or the embedded Redis ends before what is in hand
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert int(seconds) > 5 + 5
    names = re.findall(r"^Environment=(PRECACHE_\w+|HOST|PORT)=", text, re.MULTILINE)
    assert names
    assert set(names) <= known_variables()
    assert re.search(r"^ExecStart=/opt/precache/.venv/bin/python /opt/precache/app.py$", text, re.MULTILINE)
    assert (PROJECT / "app.py").exists()


def test_the_user_and_the_folder_are_made(tmp_path: Path) -> None:
    for name in ("sysusers", "tmpfiles"):
        target = tmp_path / f"usr/lib/{name}.d"
        target.mkdir(parents=True)
        (target / "precache.conf").write_text((FOLDER / f"precache.{name}").read_text())
    (tmp_path / "etc").mkdir()
    assert run(["systemd-sysusers", f"--root={tmp_path}"])[0] == 0
    (entry,) = [
        line for line in (tmp_path / "etc/passwd").read_text().splitlines() if line.startswith("precache:")
    ]
    assert entry.endswith(":/var/lib/precache:/usr/sbin/nologin")
    settings = tmp_path / "etc/precache/precache.env"
    assert run(["systemd-tmpfiles", "--create", f"--root={tmp_path}"])[0] == 0
    settings.write_text("SLACK_BOT_TOKEN=xoxb-x\n")
    assert run(["systemd-tmpfiles", "--create", f"--root={tmp_path}"])[0] == 0
    assert settings.parent.stat().st_mode & 0o777 == 0o700
    assert settings.stat().st_mode & 0o777 == 0o600


def test_it_runs_without_memory_that_can_be_written_and_executed(image: Stage, building: Path) -> None:
    with container_of(image, building) as container:
        denied = ["python3", "-c", DENY_WRITE_EXECUTE]
        status, said = container.run([*denied, "true"])
        if status and "PR_SET_MDWE" in said:
            pytest.skip(said)
        try_it = "import mmap; mmap.mmap(-1, 4096, prot=7)"
        status, said = container.run([*denied, "python3", "-c", try_it])
        assert (status, "PermissionError" in said) == (1, True)
        port = free_port()
        process = container.start([*denied, *image.command], HOST="127.0.0.1", PORT=port)
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz")
        finally:
            said = stop(process)
        assert process.returncode == 0, said
