"""Tokens at rest: sealed, opened, sealed again, and never given to another owner."""

from __future__ import annotations

import base64
import secrets

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SealBroken
from bot.workspaces.token_encryption import Vault, read_keys

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
TOKEN = "xoxb-1-secret"

before = Vault(read_keys(OLD))
during = Vault(read_keys(f"{NEW},{OLD}"))
after = Vault(read_keys(NEW))


@given(st.text(), st.text())
def test_what_was_sealed_is_opened_for_its_owner(secret: str, owner: str) -> None:
    opened = after.open_secret(after.seal_secret(secret, owner=owner), owner=owner)
    assert (opened.secret, opened.outdated) == (secret, False)


def test_nothing_of_a_secret_can_be_read_where_it_is_stored_or_shown() -> None:
    sealed = after.seal_secret(TOKEN, owner="T0PRECACHE1")
    assert "secret" not in sealed
    assert "T0PRECACHE1" not in sealed
    assert b"secret" not in base64.urlsafe_b64decode(sealed)
    assert "secret" not in repr(after.open_secret(sealed, owner="T0PRECACHE1"))


def test_an_old_key_opens_and_says_that_it_is_old() -> None:
    sealed = before.seal_secret(TOKEN, owner="T1")
    opened = during.open_secret(sealed, owner="T1")
    assert (opened.secret, opened.outdated) == (TOKEN, True)
    renewed = during.seal_secret(opened.secret, owner="T1")
    assert after.open_secret(renewed, owner="T1").secret == TOKEN


def test_without_its_key_a_secret_stays_shut() -> None:
    with pytest.raises(SealBroken, match="PRECACHE_KEY"):
        after.open_secret(before.seal_secret(TOKEN, owner="T1"), owner="T1")


def test_a_secret_put_into_another_teams_place_is_not_opened() -> None:
    with pytest.raises(SealBroken):
        after.open_secret(after.seal_secret(TOKEN, owner="T1"), owner="T2")


@pytest.mark.parametrize("sealed", ["", "x", "gAAAAAB", "é", TOKEN])
def test_what_is_no_seal_is_refused(sealed: str) -> None:
    with pytest.raises(SealBroken):
        during.open_secret(sealed, owner="T1")


def test_keys_come_in_either_alphabet_of_base64() -> None:
    raw = bytes(range(220, 252))
    urlsafe, standard = base64.urlsafe_b64encode(raw).decode(), base64.b64encode(raw).decode()
    assert urlsafe != standard
    assert read_keys(f"{urlsafe}, {standard}") == (urlsafe.encode(),) * 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        f"{NEW},",
        NEW[:-1],
        f"{NEW} {OLD}",
        f"{NEW}!",
        secrets.token_hex(32),
        base64.b64encode(bytes(16)).decode(),
        "schlüssel",
    ],
    ids=["nothing", "no key", "a comma", "cut", "two", "a character", "hexadecimal", "short", "a word"],
)
def test_a_malformed_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="expected keys") as caught:
        read_keys(text)
    assert not text.strip(", ") or text not in str(caught.value)
