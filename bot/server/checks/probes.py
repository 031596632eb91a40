"""A sign of life of each service, all at once and within a second, for who wants to know which is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.errors import RedisUnavailable, SlackError, SlackRefused
from bot.server.connect.services import Services
from bot.settings import Embedded, HostedQStash, Settings
from bot.slack import Slack
from scheduler import PublishError, Refused

_WITHIN: Final = 0.8
"""Seconds: who asks for readiness wants to have its answer within one."""
_INSIDE: Final = "runs inside the process"

Probe = Callable[[], Awaitable[object]]


async def probe_services(settings: Settings, services: Services) -> Mapping[str, str]:
    """One word or two about each; models are asked for nothing, for that costs money."""
    slack = Slack(services.slack.client)
    probes: dict[str, Probe | None] = {
        "Redis": services.redis.ping,
        "QStash": services.publisher.ask_for_nothing if isinstance(settings.qstash, HostedQStash) else None,
        "Slack": None if isinstance(settings.slack, Embedded) else slack.ask_for_nothing,
    }
    told = await asyncio.gather(*(ask_for_life(probe) for probe in probes.values()))
    return dict(zip(probes, told, strict=True)) | {"Model": "asked only when there is a question"}


async def ask_for_life(probe: Probe | None) -> str:
    """What becomes of one question; a refusal is an answer, too."""
    if probe is None:
        return _INSIDE
    try:
        async with asyncio.timeout(_WITHIN):
            await probe()
    except TimeoutError:
        return f"no answer within {_WITHIN} s"
    except (Refused, SlackRefused):
        return "answers"
    except (RedisUnavailable, PublishError, SlackError) as exc:
        return f"does not answer as it should ({type(exc).__name__})"
    return "answers"
