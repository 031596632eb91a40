"""A Redis for this machine: one Valkey for each folder of data."""

from scheduler.embedded.redis.privacy import make_private_folder
from scheduler.embedded.redis.valkey import ValkeyFailed, ValkeyMissing, run_valkey

__all__ = ["ValkeyFailed", "ValkeyMissing", "make_private_folder", "run_valkey"]
