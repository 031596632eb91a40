"""Upstash on this machine, for whoever has no account: a real Valkey, and QStash's HTTP API on it."""

from scheduler.embedded.api.loopback import LoopbackOnly, is_loopback
from scheduler.embedded.qstash import EmbeddedQStash
from scheduler.embedded.redis.valkey import ValkeyFailed, ValkeyMissing, run_valkey
from scheduler.embedded.storage.credentials import Credentials, load_credentials

__all__ = [
    "Credentials",
    "EmbeddedQStash",
    "LoopbackOnly",
    "ValkeyFailed",
    "ValkeyMissing",
    "is_loopback",
    "load_credentials",
    "run_valkey",
]
