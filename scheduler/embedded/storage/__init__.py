"""Everything that the embedded QStash keeps in Redis, each change of it one script."""

from scheduler.embedded.storage.addresses import Addresses, Moves, move_url
from scheduler.embedded.storage.clock import from_ms, new_id, to_ms, utc_now
from scheduler.embedded.storage.credentials import (
    Credentials,
    keep_credentials,
    load_credentials,
    read_credentials,
    rotate_keys,
)
from scheduler.embedded.storage.dead_letter_store import DeadLetter, DeadLetterStore
from scheduler.embedded.storage.describe import describe_message, describe_response, group_headers
from scheduler.embedded.storage.firing import GRACE, Firing, slot_to_fire
from scheduler.embedded.storage.flow_control import FlowControl
from scheduler.embedded.storage.journal import Journal, write_entry
from scheduler.embedded.storage.message import Callback, Flow, Headers, Message, Response
from scheduler.embedded.storage.message_store import MessageStore, Pending, Settlement, Wanted
from scheduler.embedded.storage.refusal import RequestRefused
from scheduler.embedded.storage.schedule_store import Schedule, ScheduleStore

__all__ = [
    "GRACE",
    "Addresses",
    "Callback",
    "Credentials",
    "DeadLetter",
    "DeadLetterStore",
    "Firing",
    "Flow",
    "FlowControl",
    "Headers",
    "Journal",
    "Message",
    "MessageStore",
    "Moves",
    "Pending",
    "RequestRefused",
    "Response",
    "Schedule",
    "ScheduleStore",
    "Settlement",
    "Wanted",
    "describe_message",
    "describe_response",
    "from_ms",
    "group_headers",
    "keep_credentials",
    "load_credentials",
    "move_url",
    "new_id",
    "read_credentials",
    "rotate_keys",
    "slot_to_fire",
    "to_ms",
    "utc_now",
    "write_entry",
]
