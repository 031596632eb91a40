"""A file that was shared in Slack, as text: the same kinds that a link may lead to."""

from __future__ import annotations

import html
from typing import Final

from bot.documents import Document, Documents, Unparsed
from bot.slack import Slack
from bot.slack_files import SharedFile, download
from bot.sources.document import of_document
from bot.sources.material import Piece, Unreadable

_LONGEST_NAME: Final = 60


class SharedFiles:
    """Reads shared files."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def read(self, slack: Slack, file: str) -> Piece | Unreadable:
        """What the file says. Raises `SlackError`."""
        shared = await download(slack, file)
        if not isinstance(shared, SharedFile):
            return Unreadable(problem=shared, name="a file")
        name = _shown(shared)
        match await self._documents.read(shared.content, mime=shared.mime, url=shared.permalink):
            case Unparsed(problem=problem):
                return Unreadable(problem=problem, name=name)
            case Document() as document:
                return of_document(document, title=f"The file {shared.name}", name=name)


def _shown(shared: SharedFile) -> str:
    flat = " ".join(shared.name.split()) or "a file"
    text = flat if len(flat) <= _LONGEST_NAME else f"{flat[:_LONGEST_NAME]}…"
    label = html.escape(text.replace("|", "¦"), quote=False)
    link = html.escape(shared.permalink.replace("|", "%7C"), quote=False)
    return f"<{link}|{label}>" if link.startswith("https://") else label
