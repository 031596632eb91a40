"""A web page → all that people see in its body, as Markdown.

LangChain's BS4HTMLParser gives menus, cookie banners and footers with it, and those would be most of what the
model reads; libraries that look for the article alone lose headlines, dates, lists and notes around it.
"""

from __future__ import annotations

import copy
import html
import json
import re
from typing import Any, Final

from bot.documents.document import Document, Figure, Unparsed, as_document
from bot.documents.figures import Figures
from bot.documents.flow import flat_text
from bot.documents.markup import write_markdown
from bot.documents.plain_text import to_text
from bot.documents.visible import drop_element, drop_furniture, keep_visible, words_in

_LITTLE: Final = 400
"""Characters: a page with no more says little beside what it asks for."""
_FIELD: Final = "input[translate(@type, 'PASSWORD', 'pasword') = 'password']"
_NO_PAGE: Final = re.compile(
    r"enable (?:javascript|cookies)|(?:requires?|needs?|without) javascript"
    r"|javascript is (?:required|disabled|off|not available)|turn on javascript"
    r"|complet(?:e|ing) the (?:captcha|security check)|you have been blocked|pardon our interruption"
    r"|think you (?:were|are|might be) a (?:ro)?bot|permission to access .{0,200} on this server"
    r"|permission to access this server"
    r"|(?:you are|you're|if you are) (?:a )?(?:human|not a (?:ro)?bot)|are you (?:a )?(?:robot|human|bot)\b"
    r"|not a robot|checking your browser|verif(?:y|ying) (?:that )?you are|unusual traffic"
    r"|javascript (?:aktivieren|einschalten)|aktivieren sie javascript|activer javascript",
    re.IGNORECASE,
)
_LOADING: Final = re.compile(
    r"\W*(?:(?:please wait|just a moment|one moment(?: please)?|loading|redirecting|bitte warten"
    r"|wird geladen)"
    r"[\s.…,!]*)+",
    re.IGNORECASE,
)
_SIGN_IN: Final = re.compile(r"\b(?:sign|log) ?in\b|\banmelden\b|\bconnexion\b", re.IGNORECASE)
_SIGN_IN_WITH: Final = re.compile(
    r"\b(?:continue|sign in|log in) with (?:google|github|gitlab|microsoft|apple|facebook|slack|okta|sso"
    r"|saml|e-?mail|a passkey|single sign-on)\b|\bsingle sign-on\b",
    re.IGNORECASE,
)
_MOST_PLAIN: Final = 50
"""Pictures for those without scripts; each is looked for among those around it."""
_MOST_DATA: Final = 200_000
_NO_CHARACTER: Final = re.compile(
    "[\0-\x08\x0b\x0e-\x1f\ufffe\uffff]"
    r"|&#0*(?:[0-8]|11|1[4-9]|2\d|3[01]|6553[45])(?!\d);?"
    r"|&#x0*(?:[0-8bef]|1[\da-f]|d[89a-f][\da-f]{2}|fff[ef])(?![\da-f]);?",
    re.IGNORECASE,
)
"""Browsers show none of them. lxml reads them, and raises where text with one is moved."""


def read_page(content: bytes, charset: str | None, *, url: str = "") -> Document | Unparsed:
    import lxml.etree  # type: ignore[import-untyped]  # it ships no types
    import lxml.html  # type: ignore[import-untyped]

    text = _NO_CHARACTER.sub("", to_text(content, charset).replace("\f", " "))
    markup = text.encode("utf-8", "replace")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(markup, parser=parser)
    except lxml.etree.ParserError:
        return Unparsed(problem="no_text")
    except lxml.etree.XMLSyntaxError:  # it takes any markup, so this is for want of memory
        return Unparsed(problem="too_large")
    offers = " ".join(words_in(control) for control in tree.xpath("//button | //a | //label"))
    title, base = _page_title(tree), tree.xpath("string(//base/@href)")
    report = _report_data(tree)
    _settle_noscript(tree)
    keep_visible(tree)
    if (problem := _why_no_page(tree, title, offers)) is not None:
        return problem
    whole = copy.deepcopy(tree)
    drop_furniture(tree)
    text, figures, more = _write_with_figures(tree, _start_of_links(url, base))
    if not text:
        text, figures, more = _write_with_figures(whole, url)
    text = "\n\n".join(filter(None, (text, report)))
    return as_document("page", title=title, text=text, figures=figures, more_figures=more)


def _write_with_figures(tree: Any, url: str) -> tuple[str, tuple[Figure, ...], int]:
    figures = Figures(url)
    return figures.settle_places(write_markdown(tree, url, figures))


def text_of(tree: Any) -> str:
    """All text that a browser would show, a line for each block."""
    keep_visible(tree)
    return flat_text(tree)


def _page_title(tree: Any) -> str:
    named = tree.xpath("string(//meta[@property='og:title']/@content)") or tree.xpath("string(//head/title)")
    return str(named or tree.xpath("string(//h1)"))


def _start_of_links(url: str, base: str) -> str:
    from urllib.parse import urljoin

    try:
        return urljoin(url, base)
    except ValueError:
        return url


def _settle_noscript(tree: Any) -> None:
    """Read what is there for those without scripts only where it is the article.

    Where scripts fill a page, what it says to those who have none would be all there is.
    """
    places = tree.xpath("//noscript")
    if not places:
        return
    said = [" ".join(flat_text(place).split()) for place in places]
    rest = copy.deepcopy(tree)
    for place in rest.xpath("//noscript"):
        drop_element(place)
    seen = len(text_of(rest))
    plain = places[:_MOST_PLAIN]
    for place, words in zip(places, said, strict=True):
        if len(words) > max(_LITTLE // 2, seen) and not _NO_PAGE.search(words[:_LITTLE]):
            place.tag = "div"
        elif not words and place in plain and _is_picture_alone(place):
            place.tag = "span"
        else:
            drop_element(place)


def _is_picture_alone(place: Any) -> bool:
    """True of a picture for those without scripts, which stands there no other time."""
    shown = place.getparent().xpath("count(.//img[not(ancestor::noscript)])")
    return not shown and place.find(".//img") is not None


def _why_no_page(tree: Any, title: str, offers: str) -> Unparsed | None:
    """The reason why this is no page but something before it; a page that speaks of such at length is one."""
    words = " ".join(flat_text(tree).split())
    if tree.xpath(f"//{_FIELD}") and len(_beside_forms(tree)) < _LITTLE:
        return Unparsed(problem="login")
    if len(words) >= _LITTLE:
        return None
    if _NO_PAGE.search(words) or _LOADING.fullmatch(words):
        return Unparsed(problem="no_text")
    asks = tree.xpath("//form//input[not(@type) or @type='text' or @type='email' or @type='tel']")
    headed = " ".join((title, *(flat_text(head) for head in tree.xpath("//h1 | //h2 | //legend | //button"))))
    asked = bool(asks and _SIGN_IN.search(headed))
    offered = bool(_SIGN_IN_WITH.search(f"{words} {offers}") and (asks or _SIGN_IN.search(headed)))
    return Unparsed(problem="login") if asked or offered else None


def _beside_forms(tree: Any) -> str:
    rest = copy.deepcopy(tree)
    for form in rest.xpath(f"//form[.//{_FIELD}]"):
        drop_element(form)
    return flat_text(rest)


def _report_data(tree: Any) -> str:
    """The results in a report whose table a script fills from the page itself, as that of pytest-html."""
    lines: list[str] = []
    for told in tree.xpath("//@data-jsonblob"):
        try:
            tests = json.loads(str(told)[:_MOST_DATA])["tests"]
            results = [result for several in tests.values() for result in several]
            lines += [_result_line(result) for result in results]
        except (ValueError, KeyError, TypeError, AttributeError):  # some other data
            continue
    return "\n".join(lines)


def _result_line(result: dict[str, Any]) -> str:
    log = html.unescape(str(result.get("log") or "")).strip()
    if len(log) > _LITTLE:
        log = "…" + log[-_LITTLE:].partition("\n")[2]
    shown = f"\n  {log}" if log and result.get("result") not in ("Passed", "passed") else ""
    return f"- {result['testId']}: {result['result']}{shown}"
