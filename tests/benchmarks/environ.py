"""The settings of an app under test: every service is a stand-in."""

from __future__ import annotations

from tests.benchmarks.slack import BOT_TOKEN, SIGNING_SECRET
from tests.benchmarks.stand_ins import Addresses
from tests.signing import CURRENT_KEY, NEXT_KEY
from tests.stand_ins.qstash import TOKEN as QSTASH_TOKEN


def full_environ(there: Addresses) -> dict[str, str]:
    """Every service is configured, and the limits on model calls and posts are out of the way."""
    return {
        "OPENAI_BASE_URL": there.openai,
        "PRECACHE_LIMIT": "1000000/10s",
        "PRECACHE_MODEL": "openai:test",
        "PRECACHE_POSTS": "1000000/10s",
        "PRECACHE_TEAM_LIMIT": "1000000/10s",
        "QSTASH_CURRENT_SIGNING_KEY": CURRENT_KEY,
        "QSTASH_NEXT_SIGNING_KEY": NEXT_KEY,
        "QSTASH_TOKEN": QSTASH_TOKEN,
        "QSTASH_URL": there.qstash,
        "SLACK_API_URL": f"{there.slack}/api/",
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
    }
