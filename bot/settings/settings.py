"""What the operator set, read once from a mapping.

Each service is configured, embedded, or half-configured; the last refuses to start. Everything that is
missing or malformed is named in one error, and no value is ever repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from bot.answers import Freshness
from bot.budget import Budget, Caps, Prices, check_priced
from bot.fetch import Network
from bot.model import ModelsSettings
from bot.schedules import Policy
from bot.settings.environ import Reader
from bot.settings.model import read_models
from bot.settings.slack import HttpSlack, ManySlack, RealSlack, read_slack
from scheduler import PUBLIC_KEYS, Closures, check_signing_key

QSTASH_URL: Final = "https://qstash.upstash.io"


class SettingsError(Exception):
    """Everything that is wrong with the settings, one line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(("Precache cannot start with these settings:", *self.problems)))


@dataclass(frozen=True, kw_only=True)
class RestRedis:
    """Upstash Redis, by its REST API."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SocketRedis:
    """Any Redis or Valkey; its address may hold a password."""

    url: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class HostedQStash:
    token: str = field(repr=False)
    current_key: str = field(repr=False)
    next_key: str = field(repr=False)
    url: str


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """A stand-in that runs inside this process, or beside it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All of them; `public_url` is where QStash and Slack reach us, without a slash at its end."""

    host: str
    port: int
    public_url: str
    data: Path
    redis: RestRedis | SocketRedis | Embedded
    qstash: HostedQStash | Embedded
    slack: RealSlack | Embedded
    models: ModelsSettings | Embedded
    limit: Budget
    team_limit: Budget
    prices: Prices
    caps: Caps
    freshness: Freshness
    networks: tuple[Network, ...]
    """Private ones that links may lead to."""
    policy: Policy
    closures: Closures
    log_level: str
    metrics_token: str | None = field(default=None, repr=False)
    """What whoever reads /metrics must show; None leaves it open."""

    @property
    def announce_url(self) -> str:
        return f"{self.public_url}/api/announce"

    @property
    def own_url(self) -> str:
        """This process, for what runs beside it on this machine."""
        return local_url(self.host, self.port)

    def on_port(self, port: int) -> Self:
        """The same, with the port that `PORT=0` came to."""
        known = self.public_url != self.own_url
        return replace(self, port=port, public_url=self.public_url if known else local_url(self.host, port))

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises `SettingsError`, which names everything that is wrong at once."""
        read = Reader(environ)
        host = read.host("HOST", "127.0.0.1")
        port = read.number("PORT", 3000)
        slack = read_slack(read) or Embedded()
        qstash = _qstash(read)
        limit = read.budget("PRECACHE_LIMIT", Budget(calls=10, window=timedelta(seconds=10)))
        settings = cls(
            host=host,
            port=port,
            public_url=read.url("PUBLIC_URL", local_url(host, port)).rstrip("/"),
            data=read.folder("PRECACHE_DATA", ".data"),
            redis=_redis(read),
            qstash=qstash,
            slack=slack,
            models=read_models(read) or Embedded(),
            limit=limit,
            team_limit=read.budget("PRECACHE_TEAM_LIMIT", limit),
            prices=read.prices("PRECACHE_PRICES"),
            caps=Caps(
                schedule=read.caps("PRECACHE_CAP_SCHEDULE"),
                team=read.caps("PRECACHE_CAP_TEAM"),
                overall=read.caps("PRECACHE_CAP_ALL"),
            ),
            freshness=Freshness(
                max_age=read.seconds("PRECACHE_MAX_AGE", Freshness.max_age),
                lead=read.seconds("PRECACHE_LEAD", Freshness.lead),
            ),
            networks=read.networks("PRECACHE_NETWORKS"),
            policy=Policy(channels=read.ids("PRECACHE_CHANNELS"), groups=read.ids("PRECACHE_GROUPS")),
            closures=read.closures("PRECACHE_CLOSURES"),
            log_level=read.level("LOG_LEVEL", "INFO"),
            metrics_token=read.secret("PRECACHE_METRICS_TOKEN", least=16),
        )
        _check_exposure(read, settings)
        named = settings.models.names if isinstance(settings.models, ModelsSettings) else ()
        read.problems += check_priced(settings.caps, settings.prices, named)
        if read.problems:
            raise SettingsError(dict.fromkeys(read.problems))
        return settings


def local_url(host: str, port: int) -> str:
    """How this machine reaches a server that listens on `host` and `port`."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _redis(read: Reader) -> RestRedis | SocketRedis | Embedded:
    names = ("UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN")
    rest = read.together("Upstash Redis", names, instead="for a Valkey on this machine")
    token = read.secret("UPSTASH_REDIS_REST_TOKEN")
    if read.get("REDIS_URL") is not None:
        if rest:
            read.problems.append("Redis: both REDIS_URL and UPSTASH_REDIS_REST_URL are set; keep one")
        return SocketRedis(url=read.redis_url("REDIS_URL"))
    if rest and token is not None:
        return RestRedis(url=read.url(names[0], "").rstrip("/"), token=token)
    return Embedded()


def _qstash(read: Reader) -> HostedQStash | Embedded:
    keys = ("QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY")
    token = read.secret("QSTASH_TOKEN")
    complete = read.together("QStash", ("QSTASH_TOKEN", *keys), instead="for a QStash on this machine")
    for name in keys:
        try:
            if (value := read.get(name)) is not None:
                check_signing_key(name, value)
        except ValueError as exc:
            read.problems.append(str(exc))
    if not complete or token is None:
        if read.get("QSTASH_URL") is not None and read.get("QSTASH_TOKEN") is None:
            read.problems.append("QStash: QSTASH_URL is set, but not QSTASH_TOKEN")
        return Embedded()
    return HostedQStash(
        token=token,
        current_key=read.read_text(keys[0], ""),
        next_key=read.read_text(keys[1], ""),
        url=read.url("QSTASH_URL", QSTASH_URL),
    )


def _check_exposure(read: Reader, settings: Settings) -> None:
    """What is only for this machine, or known to everyone, is not to be reached from outside."""
    qstash, public = settings.qstash, _host(settings.public_url)
    if not is_loopback(settings.host):
        stand_ins = [
            f"{service} ({names})"
            for service, names, used in (
                ("Slack", "SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET", settings.slack),
                ("QStash", "QSTASH_TOKEN and both signing keys", qstash),
            )
            if isinstance(used, Embedded)
        ]
        if stand_ins:
            read.problems.append(
                "HOST: not a loopback address, but these are embedded, which anyone could then use: "
                + "; ".join(stand_ins)
            )
    slack = settings.slack
    if (
        isinstance(slack, HttpSlack | ManySlack)
        and is_loopback(public)
        and not is_loopback(_host(slack.api_url))
    ):
        read.problems.append(
            "PUBLIC_URL: Slack cannot reach this machine by a loopback address; set the https address under "
            "which the internet reaches it"
            + (", or use Socket Mode (SLACK_APP_TOKEN)" if isinstance(slack, HttpSlack) else "")
        )
    if isinstance(qstash, HostedQStash):
        local = is_loopback(_host(qstash.url))
        if is_loopback(public) and not local:
            read.problems.append(
                "PUBLIC_URL: QStash cannot reach this machine by a loopback address; "
                "set the address under which the internet reaches it"
            )
        if {qstash.current_key, qstash.next_key} & PUBLIC_KEYS and not (local and is_loopback(settings.host)):
            read.problems.append(
                "QStash: these signing keys are public, they are printed in its documentation; "
                "use the ones of your account"
            )


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
