"""The composer's fields about what is read, and the sources that they stand for; pure.

Links in the prompt count by themselves, so the field for links does not say them again. What no field can
show, such as a thread or a file, stays as it is until it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.answers import Freshness
from bot.replies.views import composer_words
from bot.slack import clip_text, text_length
from bot.sources import (
    DAY,
    MOST,
    Asked,
    Channel,
    Link,
    LinksIn,
    Reading,
    Source,
    Thread,
    all_links,
    distinct_sources,
    fingerprint_of,
    read_prompt,
)
from bot.ui.composer.field_values import HeldSource
from bot.ui.composer.form import FIELD_LIMIT, Form

MOST_CHANNELS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The choices of the composer besides those that Slack knows, and its way to find links."""

    links_in: LinksIn = field(repr=False)
    models: tuple[str, ...] = ()
    """The models that may be chosen, the usual one first."""
    freshness: Freshness = field(default_factory=Freshness)


def read_sources(form: Form, *, offer: Offer, recurs: bool) -> Reading | dict[str, str]:
    """Its prompt and sources, or the field that is wrong and why."""
    wrong: dict[str, str] = {}
    if text_length(form.links) > FIELD_LIMIT:
        wrong["links"] = composer_words.links_too_long(len(form.links), most=FIELD_LIMIT)
    elif bad := _not_links(form.links, offer.links_in):
        wrong["links"] = composer_words.no_links(bad)
    if len(form.channels) > MOST_CHANNELS:
        wrong["channels"] = composer_words.too_many_channels(len(form.channels), most=MOST_CHANNELS)
    if any(isinstance(source, HeldSource) for source in form.others):
        wrong["others"] = composer_words.OTHERS_GONE
    if wrong:
        return wrong
    hours = form.over or (None if recurs else DAY)
    attached = (
        *([Thread(channel=form.origin, ts=form.follows)] if form.origin and form.follows else []),
        *all_links(form.links, offer.links_in),
        *(Channel(channel=channel, hours=hours) for channel in form.channels),
        *form.others,
    )
    found = read_prompt(
        form.query,
        links_in=offer.links_in,
        channel=form.origin or form.channel,
        thread=form.follows,
        attached=attached,
    )
    if isinstance(found, Asked):
        return {"prompt": composer_words.WHICH_THREAD if found.over is None else composer_words.TOO_FAR_BACK}
    if len(found.sources) > MOST:
        return {_blamed_field(form): composer_words.too_many_sources(len(found.sources))}
    return found


def _not_links(text: str, links_in: LinksIn) -> list[str]:
    """The words that are no links, each once."""
    return [clip_text(word, 100, ending="…") for word in dict.fromkeys(text.split()) if not links_in(word)]


def _blamed_field(form: Form) -> str:
    if form.links.strip():
        return "links"
    if form.channels:
        return "channels"
    return "others" if form.others else "prompt"


def with_sources(form: Form, sources: Sequence[Source], *, links_in: LinksIn) -> Form:
    """The form with `sources` in its fields, as far as they show them."""
    in_prompt = {*map(fingerprint_of, all_links(form.query, links_in))}
    links: list[str] = []
    channels: list[str] = []
    others: list[Source] = []
    over: int | None = None
    for source in distinct_sources(sources):
        if fingerprint_of(source) in in_prompt:
            continue
        if (link := _typed_link(source, links_in)) is not None and _fits_beside(links, link):
            links.append(link)
        elif (
            isinstance(source, Channel)
            and len(channels) < MOST_CHANNELS
            and (not channels or source.hours == over)
        ):
            channels.append(source.channel)
            over = source.hours
        else:
            others.append(source)
    return replace(
        form,
        links="\n".join(links),
        channels=tuple(channels),
        over=over,
        others=tuple(others),
    )


def _typed_link(source: Source, links_in: LinksIn) -> str | None:
    """The words that have this very source read: its address, in brackets if it ends like a sentence."""
    if not isinstance(source, Link):
        return None
    return next((text for text in (source.url, f"<{source.url}>") if links_in(text) == (source,)), None)


def _fits_beside(links: Sequence[str], url: str) -> bool:
    return text_length("\n".join((*links, url))) <= FIELD_LIMIT
