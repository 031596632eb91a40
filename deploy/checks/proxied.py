"""Precache behind a proxy: both started for real, with the configurations that lie in `deploy/`.

The configurations name ports and hosts that a machine may not have free, so these are replaced, and nothing
else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from deploy.checks.places import PROJECT, tool

SIGNING_SECRET: Final = "8f742231b10e8888abcd99yyyzzz85a5"  # of Slack's documentation

ONE: Final = {"SLACK_BOT_TOKEN": "xoxb-not-a-token", "SLACK_SIGNING_SECRET": SIGNING_SECRET}
MANY: Final = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "not-a-secret",
    "SLACK_SIGNING_SECRET": SIGNING_SECRET,
    "PRECACHE_KEY": base64.b64encode(bytes(range(32))).decode(),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back through a proxy."""

    status: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One process that serves."""

    port: str
    data: Path
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def keys(self) -> Mapping[str, str]:
        """The keys of the embedded QStash."""
        _, *lines = (self.data / "qstash.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def ask(url: str, body: bytes | None = None, **headers: str) -> Answer:
    """Send a GET, or a POST of `body`; redirects are followed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, headers=named)  # noqa: S310 - of this machine
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return Answer(status=answer.status, text=answer.read().decode())
    except urllib.error.HTTPError as exc:
        return Answer(status=exc.code, text=exc.read().decode())


def is_open(port: str) -> bool:
    """Say that something listens; raises `OSError` if nothing does."""
    socket.create_connection(("127.0.0.1", int(port)), timeout=5).close()
    return True


def wait_for(url: str, *, status: int = 200) -> str:
    """Ask until it answers so, and return what it said; raises with the last answer."""
    last = Answer(status=0, text="")

    def answers_so() -> bool:
        nonlocal last
        last = ask(url)
        return last.status == status

    try:
        wait_until(answers_so, f"{status} of {url}")
    except AssertionError as exc:
        raise AssertionError(f"{exc}; the last was {last}") from None
    return last.text


def wait_until(is_so: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    """Ask again and again; raises if it does not come to be so."""
    deadline = time.monotonic() + seconds
    while not _try(is_so):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.05)


def _try(is_so: Callable[[], bool]) -> bool:
    try:
        return is_so()
    except OSError:
        return False


@contextmanager
def running(words: Sequence[object], log: Path, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program that serves until the block ends; what it says goes to `log`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in words],
            env={"PATH": os.environ["PATH"], **environ},
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def precache(
    data: Path, log: Path, *, public_url: str, port: str, slack: Mapping[str, str] = ONE
) -> Iterator[Copy]:
    """A copy with an embedded Redis and QStash, and a Slack that is not there."""
    environ = {
        **slack,
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "OPENAI_BASE_URL": "http://127.0.0.1:9",
        "PUBLIC_URL": public_url,
        "PRECACHE_DATA": str(data),
        "PORT": port,
    }
    words = [PROJECT / ".venv/bin/python", PROJECT / "app.py", "--env", os.devnull]
    with running(words, log, **environ) as process:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        yield Copy(port=port, data=data, process=process, log=log)


@contextmanager
def caddy(config: str, folder: Path, *, port: str, **environ: str) -> Iterator[None]:
    """Caddy with a Caddyfile's text."""
    path = folder / "Caddyfile"
    path.write_text(config)
    words = [tool("caddy"), "run", "--adapter", "caddyfile", "--config", path]
    home = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
    with running(words, folder / "caddy.log", **home, **environ):
        wait_until(lambda: bool(ask(f"http://127.0.0.1:{port}/")), "Caddy")
        yield


@contextmanager
def nginx(location: str, folder: Path, *, port: str) -> Iterator[None]:
    """Run nginx with the text of a `location`, in a server that has nothing else."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        reason = "needs nginx (apt-get install nginx-light)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    (folder / "location.conf").write_text(location)
    kept = "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr; user root; events {{}}\n"
        f"http {{ access_log off; {kept}\n"
        f"server {{ listen 127.0.0.1:{port}; include {folder}/location.conf; }} }}\n"
    )
    with running([program, "-c", config, "-p", folder], folder / "nginx.log"):
        wait_until(lambda: bool(ask(f"http://127.0.0.1:{port}/")), "nginx")
        yield


def slack_request(url: str, *, secret: str = SIGNING_SECRET) -> Answer:
    """Ask as Slack does when an address is entered, which is answered with the challenge."""
    body = json.dumps({"type": "url_verification", "token": "t", "challenge": "3eZbrw1a"}).encode()
    sent = str(int(time.time()))
    mac = hmac.new(secret.encode(), b"v0:" + sent.encode() + b":" + body, hashlib.sha256)
    return ask(
        url,
        body,
        Content_Type="application/json",
        X_Slack_Request_Timestamp=sent,
        X_Slack_Signature=f"v0={mac.hexdigest()}",
    )


def qstash_request(url: str, body: bytes, *, key: str, address: str) -> Answer:
    """Deliver as QStash does; it signs `address` with the body: https://upstash.com/docs/qstash/howto/signature."""
    now = int(time.time())
    claims = {
        "iss": "Upstash",
        "sub": address,
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "jti": "jwt_1",
        "body": _encode(hashlib.sha256(body).digest()),
    }
    signed = ".".join(_encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    mac = _encode(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())
    headers: dict[str, Any] = {"Content_Type": "application/json", "Upstash_Signature": f"{signed}.{mac}"}
    return ask(url, body, **headers)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
