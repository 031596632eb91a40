"""QStash's HTTP API: reads requests, answers them, and leaves the rest to storage and engine."""

from scheduler.embedded.api.app import build_api
from scheduler.embedded.api.dead_letters import DeadLetterEndpoints
from scheduler.embedded.api.flow_control import FlowControlEndpoints
from scheduler.embedded.api.logs import LogEndpoints
from scheduler.embedded.api.loopback import LoopbackOnly, is_loopback
from scheduler.embedded.api.messages import MessageEndpoints
from scheduler.embedded.api.schedules import ScheduleEndpoints
from scheduler.embedded.api.signing_keys import SigningKeyEndpoints

__all__ = [
    "DeadLetterEndpoints",
    "FlowControlEndpoints",
    "LogEndpoints",
    "LoopbackOnly",
    "MessageEndpoints",
    "ScheduleEndpoints",
    "SigningKeyEndpoints",
    "build_api",
    "is_loopback",
]
