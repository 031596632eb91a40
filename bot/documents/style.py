"""Elements that a page hides by a rule of its own <style>.

Pages hide with classes what a click shows, too. So a rule counts only where nothing on the page could show
the element: no other rule, no script that speaks of its class. A class that says by its name that it hides
counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_LONGEST: Final = 300_000
"""Characters of a page's rules."""
_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_RULE: Final = re.compile(r"(?<![^{}@;])([^{}@;]+)\{([^{}]*)\}")
_AT_RULE: Final = re.compile(r"@[^@{};]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
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
    by_name = _elements_by_name(tree)
    for selector in _hiding_selectors(rules):
        if (found := _SELECTOR.fullmatch(selector)) is None:
            continue
        names = _NAME.findall(found[2])
        if not (elements := _elements_of(found[1], names, by_name)):
            continue
        stays = not has_others and not any(name in shown or name[1:] in scripts for name in names)
        if stays or not _SAYS_SO.isdisjoint(names):
            yield from elements


def _hiding_selectors(rules: str) -> set[str]:
    return {
        selector.strip()
        for selectors, body in _RULE.findall(_AT_RULE.sub("", rules))
        if _HIDES.search(body)
        for selector in selectors.split(",")
    }


def _elements_by_name(tree: Any) -> dict[str, set[Any]]:
    """The elements of each class and id, as selectors write them."""
    by_name: dict[str, set[Any]] = {}
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        for name in (element.get("class") or "").split():
            by_name.setdefault(f".{name}", set()).add(element)
        if name := element.get("id"):
            by_name.setdefault(f"#{name}", set()).add(element)
    return by_name


def _elements_of(tag: str | None, names: list[str], by_name: Mapping[str, set[Any]]) -> list[Any]:
    found, *others = sorted((by_name.get(name, set()) for name in names), key=len)
    found = found.intersection(*others)
    return [element for element in found if tag is None or element.tag == tag.lower()]
