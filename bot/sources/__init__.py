"""What a prompt may read: threads, channels and files of Slack, and what links lead to: pages, feeds, PDFs.

Each kind is one entry of `READERS`.

Whatever is read is data. It reaches the model between marks that nobody who wrote it can know, and it enters
the answer's key by its content, so what has not changed is not paid for again.
"""

from bot.sources.asked import THREAD, Asked, asked_about, links_in
from bot.sources.file import SharedFiles
from bot.sources.links import Links
from bot.sources.material import PASSING, QUIET, Material, Piece, Problem, Unreadable, Window
from bot.sources.plain import mentioned, plain_text
from bot.sources.read import (
    LONGEST_WINDOW,
    MOST,
    At,
    are_known,
    channel_source,
    file_source,
    link_source,
    read_sources,
    thread_source,
)
from bot.sources.reading import (
    DAY,
    LinksIn,
    Reading,
    Source,
    about_channel,
    all_links,
    attached_files,
    channels_in,
    distinct,
    files_in,
    fingerprint,
    read_prompt,
    same,
)

__all__ = [
    "DAY",
    "LONGEST_WINDOW",
    "MOST",
    "PASSING",
    "QUIET",
    "THREAD",
    "Asked",
    "At",
    "Links",
    "LinksIn",
    "Material",
    "Piece",
    "Problem",
    "Reading",
    "SharedFiles",
    "Source",
    "Unreadable",
    "Window",
    "about_channel",
    "all_links",
    "are_known",
    "asked_about",
    "attached_files",
    "channel_source",
    "channels_in",
    "distinct",
    "file_source",
    "files_in",
    "fingerprint",
    "link_source",
    "links_in",
    "mentioned",
    "plain_text",
    "read_prompt",
    "read_sources",
    "same",
    "thread_source",
]
