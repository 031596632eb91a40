"""A page's tree → the part that people see and came for, without hidden text, menus and cookie notices.

Recall comes before precision: a piece goes only where it says itself what it is (by its element, its role, or
its name together with its many links). The tree is changed in place.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any, Final

from bot.documents.style import hidden_by_style

UNSEEN: Final = (
    *("script", "style", "template", "head", "title", "iframe", "object", "canvas", "audio", "video"),
    *("datalist", "rp", "noframes"),
)
_GONE: Final = "taken-out"
"""In place of the name of an element that is to be taken out together with others."""
_HIDING: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_QUOTED: Final = re.compile(r"""["']#?([\w:.-]+)["']""")
_WAITS_FOR_CLICK: Final = re.compile(r"""\bonclick\b|["']click["']|\.click\(""")
_LONGEST_SCRIPT: Final = 300_000
_CONTROLS: Final = ("aria-controls", "for", "data-target", "data-bs-target", "data-tab", "popovertarget")
_FOR_LISTENERS: Final = frozenset(
    {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screenreader", "katex-html"}
)
_FURNITURE: Final = frozenset(
    {"navigation", "banner", "contentinfo", "search", "menu", "menubar", "doc-toc", "tooltip"}
)
_MENU: Final = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|sidebar|sphinxsidebar|breadcrumbs?|pagination|pager|toc|skip"
    r"|topbar|toolbar|masthead|footer|share|social|related|col-sidebar)(?:[\s_-]|$)",
    re.IGNORECASE,
)
_COOKIES: Final = re.compile(r"cookie|consent|gdpr|onetrust|didomi|usercentrics|cmpbox", re.IGNORECASE)
_ASKS_CONSENT: Final = re.compile(
    r"\b(?:we|site|wir|nous)\b.{0,80}\bcookies|\baccept|\bconsent|\bprivacy|\bakzeptieren", re.I | re.DOTALL
)
_LONGEST_NOTICE: Final = 3_000
_ABOUT_IT: Final = re.compile(
    r"(?:^|[\s_-])(?:byline|author|dateline|date|published|updated|lead|subtitle|standfirst|alert|notice"
    r"|warning|correction)(?:[\s_-]|$)",
    re.IGNORECASE,
)
_DATED_WORDS: Final = re.compile(
    r"\b(?:correction|corrected|updated?|published|revised|modified|erratum)\b", re.I
)
_DENSE: Final = 0.5
_PERMALINK: Final = frozenset(
    {
        "headerlink",
        "header-anchor",
        "hash-link",
        "permalink",
        "anchor-link",
        "anchorjs-link",
        "sl-anchor-link",
    }
)
_PERMALINK_WORDS: Final = re.compile(
    r"[\s¶#§🔗🔗\ufe0e\ufe0f]*|(?:Section titled|Permalink|Direct link to|Link to this)\b.*", re.DOTALL
)
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_WITH_NUMBERS: Final = frozenset(
    {"linenos", "lineno", "ln", "lnt", "hljs-ln-numbers", "gutter", "rouge-gutter"}
)
_LABELS_A_COPY: Final = re.compile(r"\s*(?:copy|copied)\b.{0,30}", re.IGNORECASE | re.DOTALL)


def keep_visible(tree: Any) -> None:
    """Take out of a page what people do not see, and what only leads elsewhere."""
    import lxml.etree  # type: ignore[import-untyped]  # it ships no types

    named = _names_in_acts(tree)
    for element in hidden_by_style(tree):
        element.set("hidden", "")
    for element in tree.xpath("//template[@shadowrootmode or @shadowroot]"):
        element.tag = "div"
    lxml.etree.strip_elements(tree, lxml.etree.Comment, lxml.etree.PI, *UNSEEN, with_tail=False)
    _name_tab_panels(tree)
    _drop_hidden(tree, named)
    _drop_marks(tree)


def drop_furniture(tree: Any) -> None:
    """Take menus, cookie notices and the site's own header and footer out of what people see."""
    mains = tree.xpath("//main | //*[@role='main']") or tree.xpath("//article[not(ancestor::article)]")
    within = {id(element): element for main in mains for element in main.iter()}
    around = {id(parent): parent for main in mains for parent in main.iterancestors()}
    shares = _link_shares(tree)
    gone: set[Any] = set()
    for element in list(tree.iter()):
        parent = element.getparent()
        if element is tree or element.tag in ("html", "body", "main") or id(element) in around:
            continue
        if parent is None or parent in gone:
            gone.add(element)
            continue
        dense = shares[element] > _DENSE
        if _leads_elsewhere(element) and not element.xpath("descendant::main"):
            gone.add(element)
        elif id(element) in within:
            continue
        elif element.tag == "footer":
            if not _keep_pieces(element, lambda piece: _is_note(piece, shares)):
                gone.add(element)
        elif (
            dense
            and (id(parent) in around or _MENU.search(_names_of(element)))
            and not _is_said_in_text(element)
            and not _keep_pieces(element, lambda piece: _is_about_the_page(piece, shares))
        ):
            gone.add(element)
    _take_out(tree, gone)


def drop_element(element: Any) -> None:
    """Take an element out with all that it holds; the text after it stays."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail:
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
        element.tail = None
    parent.remove(element)


def _take_out(tree: Any, elements: Iterable[Any]) -> None:
    """Take elements out as `drop_element` does, in time that does not grow with the text around each."""
    import lxml.etree

    for element in elements:
        element.tag = _GONE
    lxml.etree.strip_elements(tree, _GONE, with_tail=False)


def _drop_where(tree: Any, is_out: Callable[[Any, Any], bool]) -> None:
    """Take out each element that is to go, told with the one that stays before it."""
    stays: dict[Any, Any] = {}
    out: list[Any] = []
    for element in tree.iterdescendants():
        parent = element.getparent()
        if is_out(element, stays.get(parent)):
            out.append(element)
        else:
            stays[parent] = element
    _take_out(tree, out)


def words_in(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def class_names(element: Any) -> set[str]:
    return set((element.get("class") or "").lower().split())


def _names_of(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def _drop_hidden(tree: Any, named: set[str]) -> None:
    shown = {
        word.lstrip("#")
        for name in _CONTROLS
        for value in tree.xpath(f"//@{name}")
        for word in str(value).split()
    }
    shown |= {str(address)[1:] for address in tree.xpath("//a[starts-with(@href, '#')]/@href")}
    shown |= named

    def is_hidden(element: Any, before: Any) -> bool:
        if element.tag in ("html", "body", "main"):
            return False
        if element.tag == "dialog":
            hidden = element.get("open") is None
        else:
            marked = element.get("hidden") is not None or element.get("popover") is not None
            hidden = marked or bool(_HIDING.search(element.get("style") or ""))
        unseen = hidden and not _comes_into_view(element, before, shown)
        return unseen or bool(class_names(element) & _FOR_LISTENERS)

    _drop_where(tree, is_hidden)


def _names_in_acts(tree: Any) -> set[str]:
    """The names that the page's controls speak of, and its scripts where they wait for a click."""
    acts = [str(act) for act in tree.xpath("//@onclick | //@onchange")]
    scripts = (str(script)[:_LONGEST_SCRIPT] for script in tree.xpath("//script/text()"))
    acts += (script for script in scripts if _WAITS_FOR_CLICK.search(script))
    return {name for act in acts for name in _QUOTED.findall(act)}


def _comes_into_view(element: Any, before: Any, shown: set[str]) -> bool:
    """True of what a click shows, and of what React sends late and a script puts into its place."""
    name = element.get("id") or ""
    return (
        name in shown
        or (before is not None and bool(before.xpath("descendant-or-self::*[@aria-expanded]")))
        or name.startswith("S:")
        or element.get("role") == "tabpanel"
        or element.get("hidden") == "until-found"
    )


def _name_tab_panels(tree: Any) -> None:
    """Put the name of each tab before what it shows."""
    lists = tree.xpath("//*[@role='tablist']")
    panels = tree.xpath("//*[@role='tabpanel']")
    if lists and panels:
        places = {element: place for place, element in enumerate(tree.iter())}
        starts = [places[panel] for panel in panels]
        for tabs in lists:
            names = tabs.xpath(".//*[@role='tab']")
            first = bisect_right(starts, places[tabs])
            _pair_tabs(names, panels[first : first + len(names)])
    for tabs in tree.xpath("//div[count(label[@for] | label[not(*)]) > 1]"):
        if any(radio.get("type") == "radio" for radio in tabs.xpath("./input | preceding-sibling::input")):
            _pair_tabs(tabs.xpath("./label"), tabs.xpath("following-sibling::div[1]/div"))


def _pair_tabs(names: list[Any], panels: list[Any]) -> None:
    if len(names) != len(panels):
        return
    by_name = {panel.get("id"): panel for panel in panels if panel.get("id")}
    for name, nth in zip(names, panels, strict=True):
        panel = by_name.get(name.get("aria-controls"), nth)
        label = panel.makeelement("p")
        label.text = f"{words_in(name)}:"
        label.tail, panel.text = panel.text, None
        panel.insert(0, label)
        drop_element(name)


def _drop_marks(tree: Any) -> None:
    """Take out the numbers of lines, links to a heading itself, and buttons that copy."""
    _drop_where(tree, _is_mark)


def _is_mark(element: Any, before: Any) -> bool:
    named = class_names(element)
    if element.tag == "a":
        return _is_permalink(element, before, named)
    if element.tag == "button":
        return not _names_what_it_shows(element)
    return bool(named & _WITH_NUMBERS) and not "".join(element.itertext()).strip(" \n\t0123456789")


def _is_permalink(link: Any, before: Any, named: set[str]) -> bool:
    if "#" not in (link.get("href") or ""):
        return False
    words = "".join(link.itertext())
    if not words.strip():
        return False
    beside = link.getparent().tag in _HEADINGS or any(
        near is not None and near.tag in _HEADINGS for near in (before, link.getnext())
    )
    return bool(named & _PERMALINK or beside) and bool(_PERMALINK_WORDS.fullmatch(words))


def _names_what_it_shows(button: Any) -> bool:
    words = "".join(button.itertext())
    if _LABELS_A_COPY.fullmatch(words):
        return False
    known = any(map(button.get, ("aria-expanded", *_CONTROLS))) or button.get("role") == "tab"
    known = known or bool(_QUOTED.search(button.get("onclick") or ""))
    headed = any(parent.tag in (*_HEADINGS, "summary", "dt") for parent in button.iterancestors())
    return bool(known or headed or len(words.split()) > 3)


def _leads_elsewhere(element: Any) -> bool:
    role = element.get("role") or ""
    if element.tag == "nav" or (role in _FURNITURE and role != "banner" and element.tag != "menu"):
        return True
    if element.tag == "header" or role == "banner":
        return not any(True for _ in element.iter(*_HEADINGS, "time", "p")) and not element.xpath(
            "ancestor::main | ancestor::article"
        )
    named = _names_of(element)
    if _COOKIES.search(named) and element.tag not in ("article", "h1", "h2", "h3", "p", "code", "a", "li"):
        words = words_in(element)
        return len(words) < _LONGEST_NOTICE and bool(_ASKS_CONSENT.search(words))
    return False


def _link_shares(tree: Any) -> dict[Any, float]:
    """Of each element, the part of its text that stands in links."""
    import lxml.etree

    shares: dict[Any, float] = {}
    sums = [(0, 0)]  # of each open element: its characters, and those in links
    for event, element in lxml.etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            sums.append((_size_of(element.text), 0))
            continue
        words, linked = sums.pop()
        linked = words if element.tag == "a" else linked
        shares[element] = linked / words if words else 0.0
        around, linked_around = sums.pop()
        sums.append((around + words + _size_of(element.tail), linked_around + linked))
    return shares


def _size_of(text: str | None) -> int:
    return len("".join(text.split())) if text else 0


def _keep_pieces(element: Any, belongs: Callable[[Any], bool]) -> bool:
    """Of an element, keep only the pieces that belong to the page; False if none does."""
    kept = [piece for piece in element.iter() if piece is not element and belongs(piece)]
    among = set(kept)
    inner = [piece for piece in kept if not any(parent in among for parent in piece.iterancestors())]
    if not inner:
        return False
    element.text = None
    for child in list(element):
        element.remove(child)
    for piece in inner:
        piece.tail = " "
        element.append(piece)
    return True


def _is_said_in_text(element: Any) -> bool:
    """True of a link within a sentence, whatever its name."""
    parent = element.getparent()
    if element.tag not in ("a", "span") or parent.tag not in ("p", "dd", "figcaption"):
        return False
    texts = itertools.chain((parent.text,), (child.tail for child in parent))
    return any(text and not text.isspace() for text in texts)


def _is_about_the_page(element: Any, shares: dict[Any, float]) -> bool:
    return bool(element.tag in ("h1", "time") or element.get("role") in ("alert", "status")) or bool(
        _ABOUT_IT.search(_names_of(element)) and shares[element] <= _DENSE
    )


def _is_note(element: Any, shares: dict[Any, float]) -> bool:
    return element.tag == "time" or bool(
        element.tag in ("p", "li", "span", "div")
        and not len(element.findall(".//p"))
        and _DATED_WORDS.search(words_in(element))
        and shares[element] <= _DENSE
    )
