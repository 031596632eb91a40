"""Whose profile it is: a member's, a guest's, or that of someone of another organisation. Pure."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack.person import person_of

OURS, THEIRS, SISTER = "T0OURS", "T0THEIRS", "T0SISTER"


@pytest.mark.parametrize(
    ("told", "is_guest"),
    [
        ({}, False),
        ({"team_id": OURS}, False),
        ({"team_id": OURS, "is_ultra_restricted": True}, True),
        ({"team_id": THEIRS}, True),
        ({"team_id": THEIRS, "is_stranger": False}, True),
        ({"is_stranger": True}, True),
        ({"team_id": "E0ORG", "enterprise_user": {"teams": [OURS, SISTER]}}, False),
        ({"team_id": SISTER, "enterprise_user": {"teams": [SISTER]}}, True),
        ({"team_id": SISTER, "enterprise_user": None}, True),
    ],
)
def test_someone_of_another_workspace_is_a_guest_also_where_slack_calls_them_no_stranger(
    told: dict[str, Any], is_guest: bool
) -> None:
    assert person_of(told).seen_from(OURS).is_guest is is_guest


def test_an_admin_elsewhere_is_no_admin_here() -> None:
    admin = person_of({"team_id": THEIRS, "is_admin": True, "is_owner": True})
    assert not admin.seen_from(OURS).is_admin
    assert admin.seen_from(THEIRS).is_admin


def test_where_nobody_knows_which_workspace_is_ours_the_flags_alone_count() -> None:
    assert not person_of({"team_id": THEIRS}).seen_from("").is_guest
    assert person_of({"team_id": THEIRS, "is_restricted": True}).seen_from("").is_guest


@pytest.mark.parametrize(
    ("locale", "is_twelve_hour"),
    [
        ("en-US", True),
        ("en_US", True),
        ("en-GB", False),
        ("de-DE", False),
        ("ko-KR", True),
        ("ja-JP", False),
        (None, False),
        (7, False),
    ],
)
def test_a_locale_tells_the_usual_clock(locale: object, is_twelve_hour: bool) -> None:
    assert person_of({"locale": locale}).is_twelve_hour is is_twelve_hour
