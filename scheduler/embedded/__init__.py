"""Upstash on this machine, for teams without an account: a real Valkey, and QStash's HTTP API on it.

Imports between the folders go down this list only, and each folder is entered through its door:

    qstash   EmbeddedQStash: wires the rest together
    api/     HTTP endpoints: reads requests, refuses, answers
    engine/  due work: deliver, judge, retry, settle
    storage/ everything that is kept in Redis, and the Lua that changes it
    redis/   the Valkey; imports none of the others
"""

from scheduler.embedded.api import LoopbackOnly, is_loopback
from scheduler.embedded.engine import sign_delivery
from scheduler.embedded.qstash import EmbeddedQStash
from scheduler.embedded.redis import ValkeyFailed, ValkeyMissing, make_private_folder, run_valkey
from scheduler.embedded.storage import Credentials, load_credentials

__all__ = [
    "Credentials",
    "EmbeddedQStash",
    "LoopbackOnly",
    "ValkeyFailed",
    "ValkeyMissing",
    "is_loopback",
    "load_credentials",
    "make_private_folder",
    "run_valkey",
    "sign_delivery",
]
