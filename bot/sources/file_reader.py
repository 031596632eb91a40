"""Files that were shared in Slack, as text: the same kinds that a link may lead to."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from typing import Final

from bot.background import Shares
from bot.documents import Document, Documents, Unparsed, one_line
from bot.slack import SharedFile, Slack, download
from bot.sources.document import document_piece
from bot.sources.material import Piece, Problem, Unreadable

FILES_AT_ONCE: Final = 16
"""From Slack to the last line, however many are to be read: each may hold 10 MB."""
EACH_AT_ONCE: Final = 12
"""Those of one workspace."""

_LONGEST_NAME: Final = 60

Download = Callable[[Slack, str], Awaitable[SharedFile | Problem]]
"""The shared file of that id, or why not. Raises `SlackError`."""


class FileReader:
    """Reads files that were shared in Slack."""

    def __init__(self, documents: Documents, *, download: Download = download) -> None:
        self._documents = documents
        self._download = download
        self._room = Shares(FILES_AT_ONCE, each=EACH_AT_ONCE)

    async def read_file(self, slack: Slack, file: str) -> Piece | Unreadable:
        """Read the file. Raises `SlackError`."""
        async with self._room.take_place(slack.client.token or ""):
            return await self._download_and_read(slack, file)

    async def _download_and_read(self, slack: Slack, file: str) -> Piece | Unreadable:
        shared = await self._download(slack, file)
        if not isinstance(shared, SharedFile):
            return Unreadable(problem=shared, name="a file")
        name = _file_markup(shared)
        match await self._documents.read_document(shared.content, mime=shared.mime, url=shared.permalink):
            case Unparsed(problem=problem):
                return Unreadable(problem=problem, name=name)
            case Document() as document:
                return document_piece(
                    document, title=f"The file {one_line(shared.name) or 'without a name'}", name=name
                )


def _file_markup(shared: SharedFile) -> str:
    text = one_line(shared.name, _LONGEST_NAME) or "a file"
    label = html.escape(text.replace("|", "¦"), quote=False)
    link = html.escape(shared.permalink.replace("|", "%7C"), quote=False)
    return f"<{link}|{label}>" if link.startswith("https://") else label
