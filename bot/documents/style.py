"""Elements that a page hides by a rule of its own <style>.

Pages hide with classes what a click shows, too. So a rule counts only where nothing on the page could show
the element: no other rule, no script that speaks of its class. A class that says by its name that it hides
counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

_LONGEST: Final = 300_000
"""Characters of a page's rules."""
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE: Final = re.compile(r"([^{}@;]+)\{([^{}]*)\}")
_AT_RULE: Final = re.compile(r"@[^{};]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_HIDES: Final = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_SHOWS: Final = re.compile(r"(?:^|[;\s])(?:display\s*:\s*(?!none)|visibility\s*:\s*visible)", re.IGNORECASE)
_SELECTOR: Final = re.compile(r"([a-z][a-z0-9]*)?((?:[.#][\w-]+)+)", re.IGNORECASE)
_NAME: Final = re.compile(r"[.#][\w-]+")
_SAYS_SO: Final = frozenset({".hidden", ".hide", ".is-hidden", ".d-none", ".invisible", ".visually-hidden"})


def hidden_by_style(tree: Any) -> Iterator[Any]:
    """The elements that no reader sees, by the page's own rules."""
    rules = _COMMENT.sub("", " ".join(tree.xpath("//style/text()"))[:_LONGEST])
    if "{" not in rules:
        return
    scripts = " ".join(tree.xpath("//script/text() | //@onclick | //@onchange"))
    has_others = bool(tree.xpath("//script[@src]"))
    shown = {
        name
        for selector, body in _RULE.findall(rules)
        if _SHOWS.search(body)
        for name in _NAME.findall(selector)
    }
    for selectors, body in _RULE.findall(_AT_RULE.sub("", rules)):
        if not _HIDES.search(body):
            continue
        for selector in selectors.split(","):
            if (found := _SELECTOR.fullmatch(selector.strip())) is None:
                continue
            names = _NAME.findall(found[2])
            stays = not has_others and not any(name in shown or name[1:] in scripts for name in names)
            if stays or not _SAYS_SO.isdisjoint(names):
                yield from _elements_of(tree, found[1], names)


def _elements_of(tree: Any, tag: str | None, names: list[str]) -> Iterator[Any]:
    classes = {name[1:] for name in names if name.startswith(".")}
    ids = {name[1:] for name in names if name.startswith("#")}
    for element in tree.iter((tag or "*").lower()):
        if not isinstance(element.tag, str):
            continue
        if classes <= set((element.get("class") or "").split()) and ids <= {element.get("id")}:
            yield element
