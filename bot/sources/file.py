"""A file that was shared in Slack, as text: the same kinds that a link may lead to."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Final, Protocol

from bot.documents import Document, Documents, Unparsed
from bot.documents.document import one_line
from bot.slack import Slack
from bot.sources.document import of_document
from bot.sources.material import Piece, Problem, Unreadable

_LONGEST_NAME: Final = 60


@dataclass(frozen=True, kw_only=True)
class SharedFile:
    """A file of Slack with its content."""

    name: str
    mime: str
    """As Slack has it; empty if it does not say."""
    content: bytes
    permalink: str


class Files(Protocol):
    """Where shared files come from."""

    async def download(self, slack: Slack, file: str) -> SharedFile | Problem:
        """The file of that id, or why not. Raises `SlackError`."""
        ...


class SharedFiles:
    """Reads shared files."""

    def __init__(self, files: Files, documents: Documents) -> None:
        self._files = files
        self._documents = documents

    async def read(self, slack: Slack, file: str) -> Piece | Unreadable:
        """What the file says. Raises `SlackError`."""
        shared = await self._files.download(slack, file)
        if not isinstance(shared, SharedFile):
            return Unreadable(problem=shared, name="a file")
        name = _shown(shared)
        match await self._documents.read(shared.content, mime=shared.mime, url=shared.permalink):
            case Unparsed(problem=problem):
                return Unreadable(problem=problem, name=name)
            case Document() as document:
                return of_document(
                    document, title=f"The file {one_line(shared.name) or 'without a name'}", name=name
                )


def _shown(shared: SharedFile) -> str:
    text = one_line(shared.name, _LONGEST_NAME) or "a file"
    label = html.escape(text.replace("|", "¦"), quote=False)
    link = html.escape(shared.permalink.replace("|", "%7C"), quote=False)
    return f"<{link}|{label}>" if link.startswith("https://") else label
