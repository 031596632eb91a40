"""Links that lead where they say.

Only web pages and mail addresses become links. A label that reads like another address is followed by the
true one: neither the model nor who wrote what it read can hide one site behind the name of another.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from markdown_it.common.normalize_url import normalizeLink

from bot.markdown.addresses import LONGEST, address_end, scheme_before
from bot.markdown.chunks import NO_STYLE, TextRun

_COLON: Final = re.compile("://")
_HOSTNAME: Final = re.compile(r"[\w.-]+|[\da-f:.]+")
_DOMAIN: Final = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)+")
_HOST: Final = re.compile(r"://(?:[^/?#\s]*@)?([\w.-]+)")
_REORDERING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def link_runs(label: Sequence[TextRun], href: str) -> list[TextRun]:
    """`label` leading to `href`; where Slack should not lead there, the label with the address as text."""
    text = "".join(run.text for run in label)
    target = _link_target(href)
    if target is None:
        return (
            [*label, TextRun(text=f" ({href})")]
            if text.strip() not in ("", href)
            else [TextRun(text=text or href)]
        )
    if not text.strip():
        return [TextRun(text=href, url=href)]
    linked = [run._replace(url=href) for run in label if run.text]
    return [*linked, TextRun(text=f" ({target})")] if _is_misleading(text, href, target) else linked


def linked_label(label: str, href: str) -> Sequence[TextRun]:
    """Link a plain label to a web address that is written as it will stand in a post."""
    if label.isascii() and "." not in label and not label.isspace():
        return (TextRun(label, NO_STYLE, href),)  # it reads like no address at all
    return link_runs([TextRun(label)], href)


def link_addresses(run: TextRun) -> list[TextRun]:
    """`run`, with the bare web addresses in it made links."""
    runs = []
    end = 0
    for found in _COLON.finditer(run.text):
        start = scheme_before(run.text, found.start())
        if start is None or start < end:
            continue
        ends = address_end(run.text, start, found.start())
        if ends is None:
            continue
        address = run.text[start:ends]
        href = normalizeLink(address)
        if _link_target(href) is None:
            continue
        if before := run.text[end:start]:
            runs.append(run._replace(text=before))
        end = ends
        runs += [linked._replace(style=run.style) for linked in link_runs([TextRun(text=address)], href)]
    if after := run.text[end:]:
        runs.append(run._replace(text=after))
    return runs


def _link_target(href: str) -> str | None:
    """The host or mail address that `href` leads to; None if it may not be a link."""
    if len(href) > LONGEST:
        return None
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    match parts.scheme:
        case "http" | "https":
            host = parts.hostname or ""
            return host if _HOSTNAME.fullmatch(host) else None
        case "mailto" if "@" in parts.path:
            return parts.path
    return None


def _is_misleading(label: str, href: str, target: str) -> bool:
    """True if a reader of `label` would expect to arrive somewhere else."""
    if label in (href, target) or href == f"mailto:{label}":
        return False
    if "@" in target or _REORDERING.search(label):
        return "@" in label or "." in label or bool(_REORDERING.search(label))
    read = unicodedata.normalize("NFKC", label).casefold()
    read = "".join(char for char in read if unicodedata.category(char) != "Cf")
    names = {name for name in _DOMAIN.findall(read) if name.rpartition(".")[2].isalpha()} | set(
        _HOST.findall(read)
    )
    return not all(f".{target}".endswith("." + name.removeprefix("www.").strip(".")) for name in names)
