"""A web page → its main content as Markdown; where none stands out, all of its text.

LangChain's BS4HTMLParser gives all text of a page, menus, cookie banners and footers with it, and those would
be most of what the model reads; trafilatura looks for the article.
"""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any, Final

from bot.documents.document import Document, Unparsed, as_document
from bot.documents.plain import to_text

_MOST_ELEMENTS: Final = 20_000
"""With more, looking for the article takes minutes, and next to it the rest is not much."""
_LOGIN: Final = 400
"""Characters beside the form where one logs in: with no more, that is all the page is about."""
_FIELD: Final = "input[translate(@type, 'PASWORD', 'pasword') = 'password']"
_UNSEEN: Final = ("script", "style", "noscript", "template", "svg", "head", "iframe", "object")


def read_page(content: bytes, charset: str | None) -> Document | Unparsed:
    import lxml.etree  # type: ignore[import-untyped]  # it ships no types
    import lxml.html  # type: ignore[import-untyped]
    import trafilatura

    html = to_text(content, charset).encode("utf-8", "replace")
    try:
        tree = lxml.html.document_fromstring(html, parser=lxml.html.HTMLParser(encoding="utf-8"))
    except lxml.etree.ParserError:
        return Unparsed(problem="no_text")
    except lxml.etree.XMLSyntaxError:  # it takes any markup, so this is for want of memory
        return Unparsed(problem="too_large")
    title, asks_for_a_password = _page_title(tree), bool(tree.xpath(f"//{_FIELD}"))
    # Where scripts fill a page, what it says to those who have none would be all there is.
    lxml.etree.strip_elements(tree, "noscript", with_tail=False)
    found = None
    if sum(1 for _ in tree.iter()) <= _MOST_ELEMENTS:
        with suppress(MemoryError):  # it holds the page several times over
            found = trafilatura.extract(
                tree,
                output_format="markdown",
                include_comments=False,
                include_tables=True,
                with_metadata=False,
            )
    if asks_for_a_password and len(_beside_forms(tree)) < _LOGIN:
        return Unparsed(problem="login")
    return as_document("page", title=title, text=found or text_of(tree))


def _page_title(tree: Any) -> str:
    named = tree.xpath("string(//meta[@property='og:title']/@content)") or tree.xpath("string(//title)")
    return str(named or tree.xpath("string(//h1)"))


def _beside_forms(tree: Any) -> str:
    rest = copy.deepcopy(tree)
    for form in rest.xpath(f"//form[.//{_FIELD}]"):
        form.drop_tree()
    return text_of(rest)


def text_of(tree: Any) -> str:
    """All text that a browser would show, a line for each piece."""
    import lxml.etree

    lxml.etree.strip_elements(tree, lxml.etree.Comment, lxml.etree.PI, *_UNSEEN, with_tail=False)
    return "\n".join(line for piece in tree.itertext() if (line := " ".join(piece.split())))
