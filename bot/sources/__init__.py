"""The sources of a prompt: threads, channels and files of Slack, and links to pages, feeds, PDFs.

A kind is one file, which says how it is written, who its readers are, what tells it from others, and how it
is read; and one line of `KINDS`.

Whatever is read is data. It reaches the model between marks that nobody who wrote it can know, and it enters
the answer's key by its content, so what has not changed is not paid for again.
"""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.sources.channel import LONGEST_WINDOW, Channel
    from bot.sources.conversation import fingerprint_of_words
    from bot.sources.file import File, attached_files
    from bot.sources.file_reader import FileReader
    from bot.sources.kinds import (
        KINDS,
        MOST,
        ForeignSource,
        are_readable,
        channels_read,
        decode_source,
        decode_sources,
        distinct_sources,
        encode_sources,
        fingerprint_of,
        is_talk,
        is_wire,
        read_sources,
        same_sources,
    )
    from bot.sources.link import Link
    from bot.sources.link_reader import LinkReader
    from bot.sources.material import (
        PASSING,
        QUIET,
        Material,
        Piece,
        Problem,
        Unreadable,
        Window,
        problem_behind,
        reason_of,
    )
    from bot.sources.mrkdwn import codes_to_name, plain_text
    from bot.sources.prompt import (
        DAY,
        THREAD,
        Asked,
        LinksIn,
        Reading,
        about_channel,
        all_links,
        asked_about,
        links_in,
        read_prompt,
        speaks_of_here,
    )
    from bot.sources.quotation import Quotation
    from bot.sources.source import (
        ChannelMembers,
        Everyone,
        FileViewers,
        Readers,
        ReadingContext,
        Source,
        SourceLabel,
        Wire,
    )
    from bot.sources.thread import Thread
    from bot.sources.unread import Unread, find_unread
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "DAY",
    "KINDS",
    "LONGEST_WINDOW",
    "MOST",
    "PASSING",
    "QUIET",
    "THREAD",
    "Asked",
    "Channel",
    "ChannelMembers",
    "Everyone",
    "File",
    "FileReader",
    "FileViewers",
    "ForeignSource",
    "Link",
    "LinkReader",
    "LinksIn",
    "Material",
    "Piece",
    "Problem",
    "Quotation",
    "Readers",
    "Reading",
    "ReadingContext",
    "Source",
    "SourceLabel",
    "Thread",
    "Unread",
    "Unreadable",
    "Window",
    "Wire",
    "about_channel",
    "all_links",
    "are_readable",
    "asked_about",
    "attached_files",
    "channels_read",
    "codes_to_name",
    "decode_source",
    "decode_sources",
    "distinct_sources",
    "encode_sources",
    "find_unread",
    "fingerprint_of",
    "fingerprint_of_words",
    "is_talk",
    "is_wire",
    "links_in",
    "plain_text",
    "problem_behind",
    "read_prompt",
    "read_sources",
    "reason_of",
    "same_sources",
    "speaks_of_here",
]
