"""Files in Slack that people attach.

The bot's token goes to the one origin that Slack keeps its files at, and nowhere else, whatever an answer or
a redirect says. Sizes that Slack tells are not relied on: bytes are counted as they come.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal
from urllib.parse import urljoin, urlsplit

import aiohttp

from bot.errors import SlackError, SlackRefused, SlackUnavailable
from bot.slack.calls import read_call
from bot.slack.client import Slack

logger = logging.getLogger(__name__)

FileProblem = Literal["gone", "not_in_channel", "too_large", "refused", "unreachable"]
"""The reason why there is no content.

`gone`: deleted, or hidden by the workspace's plan. `not_in_channel`: shared where the bot is not.
`too_large`: more bytes than were asked for. `refused`: Slack shows its login page (`files:read` is missing),
or keeps no bytes of it (a link to another service). `unreachable`: its address is none that the token may be
sent to.
"""

MOST: Final = 10_000_000
TRANSFER: Final = timedelta(seconds=30)
"""For all the bytes of one file."""
_REDIRECTS: Final = 3
_MOST_FILES: Final = 20
_PIECE: Final = 65_536
_NO_FILE: Final[Mapping[str, FileProblem]] = {
    "file_deleted": "gone",
    "file_not_found": "not_in_channel",  # Slack's word also for what the bot may not see
    "not_visible": "not_in_channel",
    "access_denied": "not_in_channel",
    "missing_scope": "refused",
    "no_permission": "refused",
}
_NO_ACCESS: Final[Mapping[str, FileProblem]] = {
    "file_not_found": "gone",
    "access_denied": "not_in_channel",
    "check_file_info": "not_in_channel",  # of another company, and `files.info` says no more than that
}
_STATUSES: Final[Mapping[int, FileProblem]] = {401: "refused", 403: "refused", 404: "gone", 410: "gone"}


@dataclass(frozen=True, kw_only=True)
class SharedFile:
    """A file's bytes; `mime` is what Slack takes them for, from the content and the name."""

    name: str
    mime: str
    content: bytes
    permalink: str


@dataclass(frozen=True, kw_only=True)
class FoundFile:
    """A file as Slack tells of it, before its bytes are asked for."""

    id: str
    name: str
    mime: str
    permalink: str
    url: str
    size: int | None = None
    captions: str = ""
    """The address of the words that Slack has written down itself, of a clip; empty if there are none."""


async def find_file(slack: Slack, file: str) -> FoundFile | FileProblem:
    """The file with this id, if the bot may have its bytes. Raises `SlackUnavailable` in an outage."""
    try:
        told = (await read_call(slack.client.files_info(file=file))).get("file") or {}
    except SlackRefused as exc:
        if (problem := _NO_FILE.get(exc.code)) is None:
            raise
        return problem
    if (problem := _file_problem(told)) is not None:
        return problem
    written = told.get("transcription")
    is_written = isinstance(written, Mapping) and written.get("status") == "complete"
    size = told.get("size")
    return FoundFile(
        id=file,
        name=str(told.get("name") or file),
        mime=str(told.get("mimetype") or ""),
        permalink=str(told.get("permalink") or ""),
        url=str(told.get("url_private_download") or told.get("url_private") or ""),
        size=size if isinstance(size, int) else None,
        captions=str(told.get("vtt") or "") if is_written else "",
    )


async def load_file(
    slack: Slack, found: FoundFile, *, most: int = MOST, within: timedelta = TRANSFER
) -> SharedFile | FileProblem:
    """The bytes of a file, if there are at most so many. Raises `SlackUnavailable` in an outage."""
    if found.size is not None and found.size > most:
        return "too_large"
    answer = await _get_bytes(slack, found.url, most=most, within=within)
    if isinstance(answer, str):
        return answer
    if answer.is_html and not (found.mime == "text/html" and len(answer.content) == found.size):
        return "refused"  # the login page comes with status 200
    return SharedFile(
        name=found.name,
        mime=found.mime or "application/octet-stream",
        content=answer.content,
        permalink=found.permalink,
    )


async def load_captions(slack: Slack, found: FoundFile, *, most: int) -> bytes | FileProblem:
    """The words that Slack has written down, as WebVTT. Raises `SlackUnavailable` in an outage."""
    answer = await _get_bytes(slack, found.captions, most=most, within=TRANSFER)
    return answer if isinstance(answer, str) else answer.content


async def download_file(
    slack: Slack, file: str, *, most: int = MOST, within: timedelta = TRANSFER
) -> SharedFile | FileProblem:
    """The file with this id, if it has at most so many bytes. Raises `SlackUnavailable` in an outage."""
    found = await find_file(slack, file)
    return found if isinstance(found, str) else await load_file(slack, found, most=most, within=within)


async def complete_files(slack: Slack, files: object) -> list[dict[str, Any]]:
    """The files of a message with what `files.info` says of those that Slack sends without a name.

    In channels shared with another company it sends stubs. A file that it does not tell of stays a stub.
    """
    found = [file for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    return [await _complete_file(slack, file) if _is_stub(file) else file for file in found[:_MOST_FILES]]


def _is_stub(file: Mapping[str, Any]) -> bool:
    return file.get("file_access") == "check_file_info" and bool(file.get("id"))


async def _complete_file(slack: Slack, file: dict[str, Any]) -> dict[str, Any]:
    try:
        told = (await read_call(slack.client.files_info(file=str(file["id"])))).get("file")
    except SlackError as exc:
        logger.warning("slack.file_unknown: %s", exc)
        return file
    return {**file, **told} if isinstance(told, dict) else file


def files_origin(api_url: str) -> str:
    """The origin of the workspace's files: at Slack a host for them, elsewhere beside the API."""
    host = (urlsplit(api_url).hostname or "").removeprefix("www.")
    if host in ("slack.com", "slack-gov.com"):
        return f"https://files.{host}"
    return _origin_of(api_url)


def _origin_of(url: str) -> str:
    """Scheme, host and port; empty where the address is none, or tries to look like another one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}" + ("" if port in (None, usual) else f":{port}")


def _file_problem(told: Mapping[str, Any]) -> FileProblem | None:
    """The objection of `files.info` to asking for the bytes."""
    mode, access = told.get("mode"), told.get("file_access")
    if mode in ("tombstone", "hidden_by_limit"):
        return "gone"
    if access not in (None, "", "visible"):
        return _NO_ACCESS.get(str(access), "refused")
    if mode == "external" or told.get("is_external"):
        return "refused"
    return None


@dataclass(frozen=True, kw_only=True)
class _Answer:
    content: bytes
    is_html: bool


async def _get_bytes(slack: Slack, url: str, *, most: int, within: timedelta) -> _Answer | FileProblem:
    """The bytes, asked for with the token; the redirects it follows stay where the files are."""
    home = files_origin(slack.client.base_url)
    headers = {"Authorization": f"Bearer {slack.client.token}", "Accept-Encoding": "identity"}
    try:
        for _ in range(_REDIRECTS + 1):
            if _origin_of(url) != home:
                return "unreachable"
            async with _session_of(slack).get(
                url, headers=headers, allow_redirects=False, timeout=_timeout_of(within)
            ) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, answer.headers.get("Location", ""))
                    if _origin_of(url) != home:
                        return "refused"  # to the workspace's login page
                    continue
                if answer.status == 429 or answer.status >= 500:
                    raise SlackUnavailable(f"Slack's files answered {answer.status}")
                if answer.status != 200:
                    return _STATUSES.get(answer.status, "unreachable")
                return await _read_content(answer, most=most)
    except (TimeoutError, aiohttp.ClientError) as exc:
        raise SlackUnavailable(f"no file from Slack ({type(exc).__name__})") from exc
    return "unreachable"


async def _read_content(answer: aiohttp.ClientResponse, *, most: int) -> _Answer | FileProblem:
    """Counts as it reads: a length in a header is a promise, and may be missing."""
    if (answer.content_length or 0) > most:
        return "too_large"
    content = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE):
        content += piece
        if len(content) > most:
            return "too_large"
    return _Answer(content=bytes(content), is_html=answer.content_type == "text/html")


def _session_of(slack: Slack) -> aiohttp.ClientSession:
    session = slack.client.session
    if session is None:
        raise TypeError("expected a client with a pooled session, as web_client() makes it")
    return session


def _timeout_of(within: timedelta) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=within.total_seconds())
