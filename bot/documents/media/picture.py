"""A picture made small enough for a model; decoded in the child alone."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final, Literal

MOST_POINTS: Final = 50_000_000
"""Of a picture that is decoded: as many as a camera of today takes."""
LONGEST_SIDE: Final = 1_568
"""Points; models look at no more of them."""

PictureProblem = Literal["too_many_points", "too_small", "broken", "too_large", "slow"]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A JPEG; of a moving picture, its first frame."""

    jpeg: bytes
    moves: bool = False


@dataclass(frozen=True, kw_only=True)
class Undecoded:
    """A picture that gave nothing, and why."""

    problem: PictureProblem


def shrink_picture(content: bytes, form: str, *, least_side: int = 0) -> Picture | Undecoded:
    """Decode nothing that claims more points than it may have, or has a side that is shorter."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # counted here
    try:
        with Image.open(io.BytesIO(content), formats=[form]) as opened:
            if opened.width * opened.height > MOST_POINTS:
                return Undecoded(problem="too_many_points")
            if min(opened.size) < least_side:
                return Undecoded(problem="too_small")
            moves = getattr(opened, "n_frames", 1) > 1
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG need not be decoded at its full size
            opened.load()
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            if picture.has_transparency_data:
                over = Image.new("RGBA", picture.size, "white")
                over.alpha_composite(picture.convert("RGBA"))
                picture = over
            target = io.BytesIO()
            picture.convert("RGB").save(target, "JPEG", quality=85)
    except (OSError, ValueError, SyntaxError, EOFError):  # as Pillow has it
        return Undecoded(problem="broken")
    return Picture(jpeg=target.getvalue(), moves=moves)
