"""The QStash of the settings, or the one inside this process, with its credentials in a file."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from starlette.routing import Mount

from bot.server.connect.failure import unusable_folder
from bot.server.connect.stand_ins import StandIns
from bot.server.connect.table import Row
from bot.settings import HostedQStash, Settings

if TYPE_CHECKING:
    from bot.server.connect.own_redis import OwnRedis


async def open_qstash(
    stack: AsyncExitStack, settings: Settings, own: OwnRedis | None, stand_ins: StandIns
) -> tuple[HostedQStash, Row]:
    if isinstance(settings.qstash, HostedQStash):
        return settings.qstash, ("QStash", "hosted", f"{settings.qstash.url} calls {settings.announce_url}")
    from bot.server.connect.own_redis import explained_outages
    from scheduler.embedded import EmbeddedQStash, load_credentials

    assert own is not None  # noqa: S101 - it is made for this very case
    with explained_outages():
        credentials = await load_credentials(own.client)
        stand_in = EmbeddedQStash(own.client, credentials, own_url=settings.announce_url)
        await stack.enter_async_context(stand_in.running())
    stand_ins.routes.append(Mount("/qstash", app=stand_in.app))
    url = f"{settings.own_url}/qstash"
    qstash = HostedQStash(
        token=credentials.token, current_key=credentials.current, next_key=credentials.next, url=url
    )
    path = _write_credentials(settings, qstash)
    return qstash, ("QStash", "embedded", f"{url}, token and keys in {path}")


def sign_as_qstash(settings: Settings, body: bytes, *, now: datetime) -> str | None:
    """Sign a delivery to the copies that serve with `settings`; None if none ever has in that folder."""
    from scheduler.embedded import sign_delivery

    qstash = settings.qstash if isinstance(settings.qstash, HostedQStash) else read_credentials(settings)
    if qstash is None:
        return None
    return sign_delivery(qstash.current_key, url=settings.announce_url, body=body, now=now)


def read_credentials(settings: Settings) -> HostedQStash | None:
    """What the Precache that started last on the data folder has written down; None if none ever has."""
    try:
        written = dotenv_values(_credentials_path(settings))
    except OSError:
        return None
    token, current, following = (
        written.get(name)
        for name in ("QSTASH_TOKEN", "QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY")
    )
    if not (token and current and following):
        return None
    return HostedQStash(
        token=token, current_key=current, next_key=following, url=f"{settings.own_url}/qstash"
    )


def _credentials_path(settings: Settings) -> Path:
    return settings.data / "qstash.env"


def _write_credentials(settings: Settings, qstash: HostedQStash) -> Path:
    """Write down what a developer needs to publish by hand, readable for them alone."""
    from scheduler.embedded import make_private_folder

    path = _credentials_path(settings)
    try:
        make_private_folder(settings.data)
        path.touch(mode=0o600)
        path.write_text(_credentials_file(settings, qstash))
    except OSError as exc:
        raise unusable_folder(settings.data, exc) from exc
    return path


def _credentials_file(settings: Settings, qstash: HostedQStash) -> str:
    return (
        "# From the Precache that started last on this folder; each start writes it again.\n"
        f"PUBLIC_URL={settings.public_url}\n"
        f"QSTASH_URL={qstash.url}\nQSTASH_TOKEN={qstash.token}\n"
        f"QSTASH_CURRENT_SIGNING_KEY={qstash.current_key}\nQSTASH_NEXT_SIGNING_KEY={qstash.next_key}\n"
    )
