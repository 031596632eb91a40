"""For whose eyes: the readers of sources against the readers of a place, and the consents between them."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.readers.check import Asks, Consented, Open, ReaderCheck, Showing, Untold, consents_in, is_plain
    from bot.readers.consent import Consent, decode_consents, encode_consents
    from bot.readers.exposure import Exposure, ExposureReason, accept_all, ticket_of
    from bot.readers.hidden import hidden_from, may_see_posts
    from bot.readers.reading_rights import is_guest, why_no_reader
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "Asks",
    "Consent",
    "Consented",
    "Exposure",
    "ExposureReason",
    "Open",
    "ReaderCheck",
    "Showing",
    "Untold",
    "accept_all",
    "consents_in",
    "decode_consents",
    "encode_consents",
    "hidden_from",
    "is_guest",
    "is_plain",
    "may_see_posts",
    "ticket_of",
    "why_no_reader",
]
