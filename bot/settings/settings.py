"""The operator's settings, read once from a mapping.

Each service is configured, embedded, or half-configured; the last refuses to start. Everything that is
missing or malformed is named in one error, and no value is ever repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import unquote, urlsplit

from bot.answers import NEAR_CACHE_MB, Freshness
from bot.budget import POSTS, Caps, Pace, Prices, Rate, check_minutes_priced, check_priced
from bot.fetch import Network
from bot.hearing import TranscriberSettings
from bot.model import ModelsSettings
from bot.schedules import Policy
from bot.settings.environ import EnvironReader
from bot.settings.model import read_models
from bot.settings.problem import SettingsError
from bot.settings.slack import HttpSlack, ManySlack, RealSlack, read_slack
from bot.settings.transcriber import read_transcriber
from bot.storage import Retention
from scheduler import PUBLIC_KEYS, Closures, check_signing_key

QSTASH_URL: Final = "https://qstash.upstash.io"


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


THREAD_QUESTIONS: Final = 50


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings; `public_url` is where QStash and Slack reach us, without a slash at its end."""

    host: str
    port: int
    public_url: str
    data: Path
    redis: RestRedis | SocketRedis | Embedded
    qstash: HostedQStash | Embedded
    slack: RealSlack | Embedded
    models: ModelsSettings | Embedded
    limit: Rate
    team_limit: Rate
    prices: Prices
    caps: Caps
    freshness: Freshness
    networks: tuple[Network, ...]
    """Private networks that links may lead to."""
    policy: Policy
    closures: Closures
    log_level: str
    log_form: Literal["console", "json"] = "console"
    """Lines for people, or an object a line for machines."""
    traces: bool = False
    """Traces go to the endpoint that OpenTelemetry's own variables name."""
    transcriber: TranscriberSettings | Embedded = field(default_factory=Embedded)
    """What writes down recordings."""
    retention: Retention = field(default_factory=Retention)
    """How long it is kept what has happened."""
    renewal: timedelta | None = None
    """After so long an owner is asked if a schedule shall go on that nobody looks at; None for never."""
    pace: Pace = field(default_factory=Pace)
    """How fast posts follow one another."""
    near_cache: int = NEAR_CACHE_MB * 1_000_000
    """The bytes that answers may take which this process holds."""
    thread_questions: int = THREAD_QUESTIONS
    """The most questions in one thread within a day."""
    show_costs: bool = False
    """Posts say which model answered, and what that cost."""
    check_models: bool = False
    """Ask each model for a word at the start, which costs a few tokens, to see if its key is taken."""
    read_from: str | None = None
    """The file and the other places that the variables come from, for the operator."""
    heartbeat_url: str | None = field(default=None, repr=False)
    """The address that is called after each good round of the watchdog."""
    metrics_token: str | None = field(default=None, repr=False)
    """The token that a reader of /metrics must show; None leaves it open."""

    @property
    def announce_url(self) -> str:
        return f"{self.public_url}/api/announce"

    @property
    def public_path(self) -> str:
        """The path of `public_url`, which some proxies take off the requests that they pass on."""
        return unquote(urlsplit(self.public_url).path)

    @property
    def own_url(self) -> str:
        """The address of this process, for what runs beside it on this machine."""
        return local_url(self.host, self.port)

    @property
    def has_public_address(self) -> bool:
        """True if others than this machine are to reach the process, through a proxy or a tunnel, say."""
        return not is_loopback(_host_of(self.public_url))

    def on_port(self, port: int) -> Self:
        """Make the same settings with the port that `PORT=0` came to."""
        known = self.public_url != self.own_url
        return replace(self, port=port, public_url=self.public_url if known else local_url(self.host, port))

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, read_from: str | None = None) -> Self:
        """Read all of them; raises `SettingsError`, which names everything that is wrong at once."""
        reader = EnvironReader(environ=environ)
        host = reader.read_host("HOST", "127.0.0.1")
        port = reader.read_port("PORT", 3000)
        slack = read_slack(reader) or Embedded()
        qstash = _read_qstash(reader)
        limit = reader.read_rate("PRECACHE_LIMIT", Rate(calls=10, window=timedelta(seconds=10)))
        settings = cls(
            host=host,
            port=port,
            public_url=reader.read_url("PUBLIC_URL", local_url(host, port)).rstrip("/"),
            data=reader.read_folder("PRECACHE_DATA", ".data"),
            redis=_read_redis(reader),
            qstash=qstash,
            slack=slack,
            models=read_models(reader) or Embedded(),
            transcriber=read_transcriber(reader) or Embedded(),
            limit=limit,
            team_limit=reader.read_rate("PRECACHE_TEAM_LIMIT", limit),
            prices=reader.read_prices("PRECACHE_PRICES"),
            caps=Caps(
                schedule=reader.read_caps("PRECACHE_CAP_SCHEDULE"),
                team=reader.read_caps("PRECACHE_CAP_TEAM"),
                overall=reader.read_caps("PRECACHE_CAP_ALL"),
            ),
            freshness=Freshness(
                max_age=reader.read_seconds("PRECACHE_MAX_AGE", Freshness.max_age),
                lead=reader.read_seconds("PRECACHE_LEAD", Freshness.lead),
            ),
            networks=reader.read_networks("PRECACHE_NETWORKS"),
            policy=Policy(
                channels=reader.read_ids("PRECACHE_CHANNELS", of="channels", begin="CG"),
                groups=reader.read_ids("PRECACHE_GROUPS", of="user groups", begin="S"),
                reviewers=reader.read_reviewers("PRECACHE_REVIEW"),
            ),
            closures=reader.read_closures("PRECACHE_CLOSURES"),
            log_level=reader.read_log_level("LOG_LEVEL", "INFO"),
            log_form=reader.read_log_form("LOG_FORMAT"),
            traces=reader.value_of("OTEL_EXPORTER_OTLP_ENDPOINT") is not None,
            retention=Retention(
                history=reader.read_days("PRECACHE_HISTORY_DAYS", Retention.history),
                runs=reader.read_number("PRECACHE_HISTORY_RUNS", Retention.runs, most=10_000),
                usage=reader.read_days("PRECACHE_USAGE_DAYS", Retention.usage),
            ),
            renewal=reader.read_days_or_none("PRECACHE_RENEWAL_DAYS"),
            pace=Pace(workspace=reader.read_rate("PRECACHE_POSTS", POSTS, of="posts", such="400/1m")),
            near_cache=reader.read_megabytes("PRECACHE_NEAR_CACHE_MB", NEAR_CACHE_MB),
            thread_questions=reader.read_number("PRECACHE_THREAD_QUESTIONS", THREAD_QUESTIONS, most=10_000),
            show_costs=reader.read_yes_or_no("PRECACHE_SHOW_COSTS"),
            check_models=reader.read_yes_or_no("PRECACHE_CHECK_MODELS"),
            read_from=read_from,
            heartbeat_url=reader.read_secret_url("PRECACHE_HEARTBEAT_URL"),
            metrics_token=reader.read_secret("PRECACHE_METRICS_TOKEN", least=16),
        )
        _check_exposure(reader, settings)
        named = settings.models.model_names if isinstance(settings.models, ModelsSettings) else ()
        if isinstance(settings.transcriber, TranscriberSettings):
            reader.problems.extend(
                check_minutes_priced(settings.caps, settings.prices, settings.transcriber.name)
            )
        reader.problems.extend(check_priced(settings.caps, settings.prices, named))
        if reader.problems:
            raise SettingsError(dict.fromkeys(reader.problems))
        return settings


def local_url(host: str, port: int) -> str:
    """The address at which this machine reaches a server that listens on `host` and `port`."""
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


def _read_redis(reader: EnvironReader) -> RestRedis | SocketRedis | Embedded:
    names = ("UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN")
    rest = reader.are_all_set("Upstash Redis", names, instead="for a Valkey on this machine")
    token = reader.read_secret("UPSTASH_REDIS_REST_TOKEN")
    if reader.value_of("REDIS_URL") is not None:
        if rest:
            reader.problems.append("Redis: both REDIS_URL and UPSTASH_REDIS_REST_URL are set; keep one")
        return SocketRedis(url=reader.read_redis_url("REDIS_URL"))
    if rest and token is not None:
        return RestRedis(url=reader.read_url(names[0], "").rstrip("/"), token=token)
    return Embedded()


def _read_qstash(reader: EnvironReader) -> HostedQStash | Embedded:
    keys = ("QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY")
    token = reader.read_secret("QSTASH_TOKEN")
    complete = reader.are_all_set("QStash", ("QSTASH_TOKEN", *keys), instead="for a QStash on this machine")
    for name in keys:
        try:
            if (value := reader.value_of(name)) is not None:
                check_signing_key(name, value)
        except ValueError as exc:
            reader.problems.append(str(exc))
    if not complete or token is None:
        if reader.value_of("QSTASH_URL") is not None and reader.value_of("QSTASH_TOKEN") is None:
            reader.problems.append("QStash: QSTASH_URL is set, but not QSTASH_TOKEN")
        return Embedded()
    return HostedQStash(
        token=token,
        current_key=reader.read_text(keys[0], ""),
        next_key=reader.read_text(keys[1], ""),
        url=reader.read_url("QSTASH_URL", QSTASH_URL),
    )


def _check_exposure(reader: EnvironReader, settings: Settings) -> None:
    """Refuse to let anyone from outside reach what is only for this machine, or use keys that are public."""
    qstash, public = settings.qstash, _host_of(settings.public_url)
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
            reader.problems.append(
                "HOST: not a loopback address, but these are embedded, which anyone could then use: "
                + "; ".join(stand_ins)
            )
    slack = settings.slack
    if (
        isinstance(slack, HttpSlack | ManySlack)
        and is_loopback(public)
        and not is_loopback(_host_of(slack.api_url))
    ):
        reader.problems.append(
            "PUBLIC_URL: Slack cannot reach this machine by a loopback address; set the https address under "
            "which the internet reaches it"
            + (", or use Socket Mode (SLACK_APP_TOKEN)" if isinstance(slack, HttpSlack) else "")
        )
    if isinstance(qstash, HostedQStash):
        local = is_loopback(_host_of(qstash.url))
        if is_loopback(public) and not local:
            reader.problems.append(
                "PUBLIC_URL: QStash cannot reach this machine by a loopback address; "
                "set the address under which the internet reaches it"
            )
        if {qstash.current_key, qstash.next_key} & PUBLIC_KEYS and not (local and is_loopback(settings.host)):
            reader.problems.append(
                "QStash: these signing keys are public, they are printed in its documentation; "
                "use the ones of your account"
            )


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or ""
