"""The ground of the tests of many workspaces."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cryptography.fernet import Fernet

from bot.workspaces.installations import Installation
from bot.workspaces.token_encryption import Vault, read_keys

NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def vault(*keys: str) -> Vault:
    return Vault(read_keys(",".join(keys or (NEW,))))


def installation(
    team: str | None, *, enterprise: str | None = None, token: str = "", installed: datetime = NOON
) -> Installation:
    return Installation(
        team=team,
        enterprise=enterprise,
        name="Analytical Engines",
        token=token or f"xoxb-{team or enterprise}",
        bot_user="UBOT",
        app="A1",
        scopes=("commands", "chat:write"),
        installer="U1",
        installed=installed,
    )
