"""The three ways to Slack, and settings that are refused because they could mean two of them."""

from __future__ import annotations

import secrets

import pytest

from bot.settings import HttpSlack, ManySlack, Settings, SettingsError, SocketSlack

KEY = secrets.token_urlsafe(32) + "="
BOT, SIGNING = {"SLACK_BOT_TOKEN": "xoxb-1"}, {"SLACK_SIGNING_SECRET": "signing-secret"}
SOCKET = {"SLACK_APP_TOKEN": "xapp-1"}
MANY = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "client-secret",
    "PRECACHE_KEY": KEY,
    **SIGNING,
}
PUBLIC = {"PUBLIC_URL": "https://precache.example.com"}
API = "https://slack.com/api/"


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("environ", "meant"),
    [
        (BOT | SIGNING | PUBLIC, HttpSlack(bot_token="xoxb-1", signing_secret="signing-secret", api_url=API)),
        (BOT | SOCKET, SocketSlack(bot_token="xoxb-1", app_token="xapp-1", api_url=API)),
        (BOT | SOCKET | SIGNING, SocketSlack(bot_token="xoxb-1", app_token="xapp-1", api_url=API)),
        (
            MANY | PUBLIC,
            ManySlack(
                client_id="1.2",
                client_secret="client-secret",
                signing_secret="signing-secret",
                keys=(KEY.encode(),),
                api_url=API,
            ),
        ),
    ],
)
def test_what_is_set_says_which_way_is_meant(environ: dict[str, str], meant: object) -> None:
    slack = Settings.from_environ(environ).slack
    assert slack == meant
    assert "secret=" not in repr(slack)
    assert KEY not in repr(slack)


def test_keys_stand_newest_first() -> None:
    old = secrets.token_urlsafe(32) + "="
    slack = Settings.from_environ(MANY | PUBLIC | {"PRECACHE_KEY": f"{KEY},{old}"}).slack
    assert isinstance(slack, ManySlack)
    assert slack.keys == (KEY.encode(), old.encode())


@pytest.mark.parametrize("missing", sorted(MANY))
def test_a_part_of_many_workspaces_is_refused_by_name(missing: str) -> None:
    (problem,) = problems({name: value for name, value in MANY.items() if name != missing} | PUBLIC)
    assert problem.startswith("Slack for many workspaces: ")
    assert missing in problem.partition(", but not ")[2]


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        (MANY | BOT | PUBLIC, "Slack: SLACK_BOT_TOKEN is for one workspace and SLACK_CLIENT_ID for many"),
        (MANY | SOCKET | PUBLIC, "Slack: SLACK_APP_TOKEN is for one workspace and SLACK_CLIENT_ID for many"),
        (SOCKET, "Socket Mode: SLACK_APP_TOKEN is set, but not SLACK_BOT_TOKEN"),
        (BOT | {"SLACK_APP_TOKEN": "xoxb-2"}, "SLACK_APP_TOKEN: expected it to begin with xapp-"),
        (
            SIGNING | PUBLIC | {"SLACK_BOT_TOKEN": "xoxe.xoxb-1-AAAA"},
            "SLACK_BOT_TOKEN: this token ends after twelve hours",
        ),
        (
            SOCKET | {"SLACK_BOT_TOKEN": "xoxe.xoxb-2-BBBB"},
            "SLACK_BOT_TOKEN: this token ends after twelve hours",
        ),
        (BOT, "Slack: SLACK_BOT_TOKEN is set, but not SLACK_SIGNING_SECRET"),
        (
            BOT | SIGNING | {"PRECACHE_KEY": KEY},
            "Slack: SLACK_BOT_TOKEN is for one workspace and PRECACHE_KEY for many",
        ),
        (MANY | PUBLIC | {"PRECACHE_KEY": "short"}, "PRECACHE_KEY: expected keys"),
        (MANY, "PUBLIC_URL: Slack cannot reach this machine"),
        (BOT | SIGNING, "PUBLIC_URL: Slack cannot reach this machine"),
        (BOT | SIGNING | {"PUBLIC_URL": "https://localhost"}, "PUBLIC_URL: Slack cannot reach this machine"),
        (
            {"SLACK_API_URL": "http://127.0.0.1:1/api/"},
            "Slack: SLACK_API_URL is set, but not SLACK_BOT_TOKEN, SLACK_CLIENT_ID or SLACK_APP_TOKEN",
        ),
    ],
)
def test_what_could_mean_two_ways_or_none_is_refused(environ: dict[str, str], told: str) -> None:
    assert any(told in problem for problem in problems(environ)), problems(environ)


@pytest.mark.parametrize("slack", [MANY, BOT | SIGNING])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - nothing is bound
def test_a_slack_on_this_machine_reaches_this_machine(slack: dict[str, str], host: str) -> None:
    local = {"SLACK_API_URL": "http://127.0.0.1:4001/api", "QSTASH_URL": "http://127.0.0.1:4002"}
    keys = dict.fromkeys(("QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY"), "sig_" + "k" * 28)
    Settings.from_environ(slack | local | keys | {"QSTASH_TOKEN": "token", "HOST": host})
