"""Files that were shared in Slack, as text: the same kinds that a link may lead to."""

from __future__ import annotations

import html
from typing import Final, Protocol

from bot.background import Shares
from bot.documents import (
    LARGEST_RECORDING,
    Document,
    Documents,
    Unparsed,
    as_document,
    one_line,
    signature_of,
)
from bot.fetch import is_recording
from bot.hearing import LARGEST_CAPTIONS, Ear, Senses, Unhearable, Unseen, document_of, read_captions
from bot.slack import FoundFile, SharedFile, Slack, find_file, load_captions, load_file
from bot.sources.document import document_piece, recording_name
from bot.sources.material import SENT_ALONG, Piece, Problem, Unreadable

FILES_AT_ONCE: Final = 16
"""From Slack to the last line, however many are to be read: each may hold 10 MB."""
EACH_AT_ONCE: Final = 12
"""Those of one workspace."""
LARGEST_FILE: Final = 10_000_000

_LONGEST_NAME: Final = 60


class Shelf(Protocol):
    """Where shared files stand; all of it raises `SlackError`."""

    async def find(self, slack: Slack, file: str) -> FoundFile | Problem:
        """The file with that id, as Slack tells of it, or why not."""

    async def load(self, slack: Slack, found: FoundFile, *, most: int) -> SharedFile | Problem:
        """Its bytes, if there are at most so many."""

    async def load_captions(self, slack: Slack, found: FoundFile) -> bytes | Problem:
        """What Slack has written down of it."""


class SlackShelf:
    """Slack's own."""

    async def find(self, slack: Slack, file: str) -> FoundFile | Problem:
        return await find_file(slack, file)

    async def load(self, slack: Slack, found: FoundFile, *, most: int) -> SharedFile | Problem:
        return await load_file(slack, found, most=most)

    async def load_captions(self, slack: Slack, found: FoundFile) -> bytes | Problem:
        return await load_captions(slack, found, most=LARGEST_CAPTIONS)


class FileReader:
    """Reads files that were shared in Slack."""

    def __init__(self, documents: Documents, *, shelf: Shelf | None = None) -> None:
        self._documents = documents
        self._shelf = shelf or SlackShelf()
        self._room = Shares(FILES_AT_ONCE, each=EACH_AT_ONCE)

    async def read_file(self, slack: Slack, file: str, senses: Senses) -> Piece | Unreadable:
        """Read the file, or hear it. Raises `SlackError`, and what hearing raises."""
        async with self._room.take_place(slack.client.token or ""):
            found = await self._shelf.find(slack, file)
            if not isinstance(found, FoundFile):
                return Unreadable(problem=found, name="a file")
            if not is_recording(found.mime):
                return await self._load_and_read(slack, found, senses, most=LARGEST_FILE)
        # A recording takes its time: no other file waits for it.
        if (piece := await self._find_words(slack, found, senses.ear)) is not None:
            return piece
        if not senses.ear.can_hear:
            return Unreadable(problem="no_transcriber", name=_file_markup(found))
        async with senses.ear.room:
            return await self._load_and_read(slack, found, senses, most=LARGEST_RECORDING)

    async def _find_words(self, slack: Slack, found: FoundFile, ear: Ear) -> Piece | None:
        """What Slack has written down itself, or we have before."""
        if found.captions:
            content = await self._shelf.load_captions(slack, found)
            if isinstance(content, bytes):
                text = read_captions(content)
                document = as_document("recording", title=found.name, text=text)
                if isinstance(document, Document):
                    return _file_piece(found, document)
        known = await ear.find_known(_source_of(found))
        if known is None:
            return None
        heard = document_of(known, found.name)
        return None if isinstance(heard, Unhearable) else _file_piece(found, heard, demo=ear.demo)

    async def _load_and_read(
        self, slack: Slack, found: FoundFile, senses: Senses, *, most: int
    ) -> Piece | Unreadable:
        shared = await self._shelf.load(slack, found, most=most)
        if not isinstance(shared, SharedFile):
            return Unreadable(problem=shared, name=_file_markup(found))
        if (signature := signature_of(shared.content)) is not None:
            if signature.medium == "picture" and senses.directly:
                return _picture_piece(found, await senses.take_along(shared.content, signature))
            taken = await senses.take_in(
                shared.content, signature, source=_source_of(found), title=found.name
            )
            if not isinstance(taken, Document):
                return Unreadable(problem=taken.problem, name=_file_markup(found))
            return _file_piece(found, taken, demo=senses.ear.demo)
        mime = "" if is_recording(shared.mime) else shared.mime  # of sound, which it is not
        parsed = await self._documents.read_document(shared.content, mime=mime, url=shared.permalink)
        match await senses.look_at_scans(shared.content, parsed):
            case Unparsed(problem=problem) | Unseen(problem=problem):
                return Unreadable(problem=problem, name=_file_markup(found))
            case Document() as document:
                return _file_piece(found, document)


def _source_of(found: FoundFile) -> str:
    """The same as long as a file's content is: Slack gives another content another id, or another size."""
    return f"file {found.id} {found.size}"


def _picture_piece(found: FoundFile, picture: bytes | Unseen) -> Piece | Unreadable:
    """A picture that goes with the question itself."""
    name = _file_markup(found)
    if isinstance(picture, Unseen):
        return Unreadable(problem=picture.problem, name=name)
    return Piece(title=f"{_title_of(found)}, a picture", name=name, text=SENT_ALONG, pictures=(picture,))


def _title_of(found: FoundFile) -> str:
    return f"The file {one_line(found.name) or 'without a name'}"


def _file_piece(found: FoundFile, document: Document, *, demo: bool = False) -> Piece:
    title, name = _title_of(found), _file_markup(found)
    if document.kind == "recording":
        title, name = f"{title}, a recording, as it was written down", recording_name(name, demo=demo)
    elif document.kind == "picture":
        title = f"{title}, a picture: what it shows"
    return document_piece(document, title=title, name=name)


def _file_markup(found: FoundFile) -> str:
    text = one_line(found.name, _LONGEST_NAME) or "a file"
    label = html.escape(text.replace("|", "¦"), quote=False)
    link = html.escape(found.permalink.replace("|", "%7C"), quote=False)
    return f"<{link}|{label}>" if link.startswith("https://") else label
