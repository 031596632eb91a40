"""A Redis for this machine: one Valkey for each folder of data."""

from scheduler.embedded.redis.valkey import ValkeyFailed, ValkeyMissing, run_valkey

__all__ = ["ValkeyFailed", "ValkeyMissing", "run_valkey"]
