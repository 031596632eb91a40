"""Behind nginx and Caddy, with and without a path: what Slack and QStash send arrives, and nothing else."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from deploy.checks.places import DEPLOY
from deploy.checks.proxied import (
    MANY,
    Copy,
    ask,
    caddy,
    free_port,
    nginx,
    precache,
    qstash_request,
    slack_request,
    wait_until,
)

Proxy = Callable[..., AbstractContextManager[None]]


def behind_nginx(name: str) -> Proxy:
    """Nginx with one of the files for it."""

    def start(folder: Path, *, port: str, to: str) -> AbstractContextManager[None]:
        text = (DEPLOY / name).read_text()
        assert "127.0.0.1:3000" in text
        return nginx(text.replace("127.0.0.1:3000", f"127.0.0.1:{to}"), folder, port=port)

    return start


def behind_caddy(name: str, *, without: str = "") -> Proxy:
    """Caddy with one of the files for it, perhaps without one of its lines."""

    def start(folder: Path, *, port: str, to: str) -> AbstractContextManager[None]:
        text = (DEPLOY / name).read_text()
        assert "127.0.0.1:3000" in text
        assert without in text
        text = text.replace("127.0.0.1:3000", f"127.0.0.1:{to}").replace(without, "")
        text = text.replace("\nexample.com {", "\n{\n\tadmin off\n}\n" + f"http://127.0.0.1:{port} {{")
        text = text.replace("127.0.0.1:8080", f"127.0.0.1:{free_port()}")
        return caddy(text, folder, port=port, PUBLIC_URL=f"http://127.0.0.1:{port}")

    return start


PROXIES: Final = {
    "nginx": ("", behind_nginx("proxies/nginx.conf")),
    "nginx keeps the path": ("/precache", behind_nginx("proxies/nginx-path.conf")),
    "caddy": ("", behind_caddy("proxies/Caddyfile")),
    "caddy takes the path off": ("/precache", behind_caddy("proxies/Caddyfile.path")),
    "caddy keeps the path": (
        "/precache",
        behind_caddy("proxies/Caddyfile.path", without="uri strip_prefix /precache\n"),
    ),
    "one machine": ("", behind_caddy("compose/one-machine/Caddyfile")),
}


@pytest.fixture(params=PROXIES, scope="module")
def proxied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Copy]]:
    """The public address of a Precache behind one of the proxies, and that Precache."""
    path, start = PROXIES[request.param]
    folder = tmp_path_factory.mktemp("proxied")
    port, to = free_port(), free_port()
    url = f"http://127.0.0.1:{port}{path}"
    with (
        precache(folder / "data", folder / "log", public_url=url, port=to, slack=MANY) as copy,
        start(folder, port=port, to=to),
    ):
        yield url, copy


def test_what_slack_signed_arrives(proxied: tuple[str, Copy]) -> None:
    url, _ = proxied
    answer = slack_request(f"{url}/slack/events")
    assert (answer.status, "3eZbrw1a" in answer.text) == (200, True), answer
    assert slack_request(f"{url}/slack/events", secret="another").status == 401


def test_what_qstash_signed_for_this_address_arrives(proxied: tuple[str, Copy]) -> None:
    url, copy = proxied
    deliver = partial(qstash_request, f"{url}/api/announce", key=copy.keys["QSTASH_CURRENT_SIGNING_KEY"])
    assert deliver(b"{}", address=f"{url}/api/announce").status == 489  # read, and found malformed
    assert deliver(b"{}", address=f"http://127.0.0.1:{copy.port}/api/announce").status == 401
    assert deliver(b"{}", address="https://example.com/api/announce").status == 401
    failed = f"{url}/api/announce/failed"
    key = copy.keys["QSTASH_CURRENT_SIGNING_KEY"]
    assert qstash_request(failed, b"{}", key=key, address=failed).status not in (401, 404)


def test_people_get_to_the_pages_of_an_installation_and_back(proxied: tuple[str, Copy]) -> None:
    url, _ = proxied
    page = ask(f"{url}/slack/install")
    assert page.status == 200
    assert quote(f"{url}/slack/oauth_redirect", safe="") in page.text
    lost = ask(f"{url}/slack/oauth_redirect?state=x&code=y")
    again = "/" + url.removeprefix("http://").partition("/")[2] + "/slack/install"
    assert f'"{again.replace("//", "/")}"' in lost.text


def find_leaks(url: str, copy: Copy) -> list[str]:
    """The paths at which others get from Precache what is for this machine alone."""
    inside = ("/", "/healthz", "/readyz", "/metrics", "/qstash/v2/schedules", "/sandbox/state")
    return [
        path
        for path in inside
        if (found := ask(f"{url}{path}")).status != 404
        and found.text == ask(f"http://127.0.0.1:{copy.port}{path}").text
    ]


def test_nothing_else_is_open(proxied: tuple[str, Copy]) -> None:
    url, copy = proxied
    assert find_leaks(url, copy) == []


def test_a_proxy_that_leaves_something_out_or_open_is_told(tmp_path: Path) -> None:
    port, to = free_port(), free_port()
    url, text = f"http://127.0.0.1:{port}", (DEPLOY / "proxies/nginx.conf").read_text()
    text = text.replace("127.0.0.1:3000", f"127.0.0.1:{to}")
    too_little, too_much = (
        text.replace("(slack/|api/announce)", "(slack/)"),
        text.replace("~ ^/(slack/|api/announce)", "/"),
    )
    assert text not in (too_little, too_much)
    with precache(tmp_path / "data", tmp_path / "log", public_url=url, port=to) as copy:
        address, key = f"{url}/api/announce", copy.keys["QSTASH_CURRENT_SIGNING_KEY"]
        with nginx(too_little, tmp_path, port=port):
            assert qstash_request(address, b"{}", key=key, address=address).status == 404
        with nginx(too_much, tmp_path, port=port):
            assert qstash_request(address, b"{}", key=key, address=address).status == 489
            assert "/readyz" in find_leaks(url, copy)


@contextmanager
def two_copies(folder: Path, port: str) -> Iterator[tuple[Copy, Copy]]:
    url, data = f"http://127.0.0.1:{port}", folder / "data"
    with (
        precache(data, folder / "first.log", public_url=url, port=free_port()) as first,
        precache(data, folder / "second.log", public_url=url, port=free_port()) as second,
    ):
        yield first, second


def test_a_copy_that_ends_is_passed_over(tmp_path: Path) -> None:
    """The Caddyfile of several copies: once one has ended, the other takes everything."""
    port = free_port()
    text = (DEPLOY / "compose/copies/Caddyfile").read_text()
    with two_copies(tmp_path, port) as (first, second):
        assert "first:3000 second:3000" in text
        text = text.replace("first:3000 second:3000", f"127.0.0.1:{first.port} 127.0.0.1:{second.port}")
        text = text.replace("127.0.0.1:8080", f"127.0.0.1:{free_port()}")
        url = f"http://127.0.0.1:{port}"
        with caddy(text, tmp_path, port=port, PUBLIC_URL=url):
            wait_until(lambda: slack_request(f"{url}/slack/events").status == 200, "a copy that is ready")
            os.kill(first.process.pid, signal.SIGTERM)
            while first.process.poll() is None:
                # 503: it says that it ends; 502: it has hung up on a connection that Caddy kept.
                assert slack_request(f"{url}/slack/events").status in (200, 502, 503)
            assert [slack_request(f"{url}/slack/events").status for _ in range(20)] == [200] * 20
            assert first.process.returncode == 0
