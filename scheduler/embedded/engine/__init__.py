"""Finds what is due, delivers it, and settles what follows from the answer."""

from scheduler.embedded.engine.deliver import count_lanes
from scheduler.embedded.engine.due_work import Engine
from scheduler.embedded.engine.duration import parse_duration
from scheduler.embedded.engine.retry_delay import BadExpression, RetryDelay
from scheduler.embedded.engine.sign import sign_delivery

__all__ = ["BadExpression", "Engine", "RetryDelay", "count_lanes", "parse_duration", "sign_delivery"]
