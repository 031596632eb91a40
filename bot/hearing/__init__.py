"""Recordings as text: what is said in them, with times, written down once for all of a team."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.hearing.captions import LARGEST_CAPTIONS, read_captions
    from bot.hearing.demo import DemoTranscriber, is_recogniser_installed
    from bot.hearing.figures import UNSEEN_FIGURE, tell_pictures, words_of_picture
    from bot.hearing.hearing import (
        ATTEMPT,
        Ear,
        Hearing,
        HearingProblem,
        LookedAt,
        Unhearable,
        document_of,
    )
    from bot.hearing.linked import MOST_EPISODES, hear_link
    from bot.hearing.senses import Eye, SeeingProblem, Senses, Unseen
    from bot.hearing.settings import OWN_SERVER, PROVIDERS, USUAL_MODEL, TranscriberSettings
    from bot.hearing.stretches import Tell
    from bot.hearing.transcriber import RemoteTranscriber, Transcriber
    from bot.hearing.transcript import Heard, Line, Transcript
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "ATTEMPT",
    "LARGEST_CAPTIONS",
    "MOST_EPISODES",
    "OWN_SERVER",
    "PROVIDERS",
    "UNSEEN_FIGURE",
    "USUAL_MODEL",
    "DemoTranscriber",
    "Ear",
    "Eye",
    "Heard",
    "Hearing",
    "HearingProblem",
    "Line",
    "LookedAt",
    "RemoteTranscriber",
    "SeeingProblem",
    "Senses",
    "Tell",
    "Transcriber",
    "TranscriberSettings",
    "Transcript",
    "Unhearable",
    "Unseen",
    "document_of",
    "hear_link",
    "is_recogniser_installed",
    "read_captions",
    "tell_pictures",
    "words_of_picture",
]
