"""The composer's modal as it comes back from Slack, made a form again; pure.

Slack sends the state of every field that is shown; the rest comes back in the modal's metadata. What is
missing or odd counts as empty: the check that follows says so at its field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count, takewhile
from typing import Any, TypeGuard

from bot.replies.views import composer_words
from bot.schedules import USUAL_LEAD
from bot.ui.answering import fields_of
from bot.ui.composer.field_values import (
    changes_in,
    channels_in,
    date_in,
    hours_in,
    lead_in,
    mentions_in,
    others_in,
    people_in,
    reviewers_in,
    seconds_in,
    undecided_in,
)
from bot.ui.composer.fields import EXACTLY, USUAL
from bot.ui.composer.form import MORE, Form


def read_form(view: Mapping[str, Any]) -> Form:
    """The form in a modal that came back from Slack; what is missing or odd counts as empty."""
    carried = _read_metadata(view.get("private_metadata"))
    values = fields_of(view)

    def value_of(block: str, key: str) -> Any:
        actions = values.get(block)
        for element in actions.values() if isinstance(actions, dict) else ():
            if isinstance(element, dict) and element.get(key) is not None:
                return element[key]
        return None

    def chosen_value(block: str, otherwise: str | None) -> str | None:
        """The value of the option that is chosen; `otherwise` where the field is not shown."""
        if block not in values:
            return otherwise
        option = value_of(block, "selected_option")
        return str(option.get("value")) if isinstance(option, dict) else None

    def chosen_values(block: str, otherwise: Sequence[str]) -> list[str]:
        if block not in values:
            return list(otherwise)
        options = value_of(block, "selected_options")
        return (
            [str(option.get("value")) for option in options if isinstance(option, dict)]
            if _is_list(options)
            else []
        )

    channel, people = value_of("channel", "selected_conversation"), value_of("people", "selected_users")
    mentions = carried.mentions
    freshness, over = (
        chosen_value("freshness", _number_text(carried.freshness)),
        chosen_value("over", _number_text(carried.over)),
    )
    lead = chosen_value("review_lead", _number_text(carried.review_lead))
    asked = value_of("reviewers", "selected_users")
    if "reviewers" not in values:
        asked = [reviewer for reviewer in carried.reviewers if reviewer[0] != "S"]
    groups = chosen_values("review_groups", [name for name in carried.reviewers if name[0] == "S"])
    model = chosen_value("model", None if carried.model is None else EXACTLY + carried.model)
    others = chosen_values("others", [str(place) for place in range(len(carried.others))])
    return replace(
        carried,
        prompt=_clean_text(value_of("prompt", "value")),
        more=tuple(_clean_text(value_of(block, "value")) for block in _more_blocks(values)),
        when=_clean_text(value_of("when", "value")),
        channel=(channel if isinstance(channel, str) and channel else None)
        if "channel" in values
        else carried.channel,
        also=channels_in(value_of("also", "selected_conversations")) if "also" in values else carried.also,
        to_people=people_in(value_of("to_people", "selected_users"))
        if "to_people" in values
        else carried.to_people,
        only_me=bool(chosen_values("only_me", ("only_me",) if carried.only_me else ())),
        name=_clean_text(value_of("name", "value")),
        links=_clean_text(value_of("links", "value")),
        channels=channels_in(value_of("channels", "selected_conversations")),
        over=hours_in(over),
        others=tuple(source for place, source in enumerate(carried.others) if str(place) in others),
        changes=changes_in(chosen_value("changes", carried.changes)),
        post_if=_clean_text(value_of("post_if", "value")),
        model=None if model in (None, USUAL) else model.removeprefix(EXACTLY),
        until=date_in(value_of("until", "selected_date")) if "until" in values else carried.until,
        holidays=_clean_text(value_of("holidays", "value")) if "holidays" in values else carried.holidays,
        freshness=seconds_in(freshness),
        reviewers=reviewers_in([*(asked if _is_list(asked) else []), *groups]),
        review_lead=None if lead == str(int(USUAL_LEAD.total_seconds())) else lead_in(lead),
        undecided=undecided_in(chosen_value("undecided", carried.undecided)),
        mentions=mentions_in(
            [
                *(
                    (people if _is_list(people) else [])
                    if "people" in values
                    else (mention for mention in mentions if mention[0] in "UW")
                ),
                *chosen_values("groups", [mention for mention in mentions if mention[0] not in "UW"]),
            ]
        ),
        groups=_groups_in(view.get("blocks")),
        exposed=_exposed_in(view.get("blocks")),
        ticket=_ticket_in(view.get("blocks")),
        agreed=next(iter(chosen_values("agree", ())), ""),
    )


def _number_text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _more_blocks(values: Mapping[str, Any]) -> list[str]:
    """The fields in which the prompt goes on, in their order."""
    return list(takewhile(values.__contains__, (f"{MORE}{number}" for number in count(1))))


def _read_metadata(text: object) -> Form:
    try:
        raw = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        raw = None
    raw = raw if isinstance(raw, dict) else {}

    def word_at(name: str) -> str | None:
        value = raw.get(name)
        return value if isinstance(value, str) and value else None

    revision, people, groups = raw.get("revision"), raw.get("people"), raw.get("groups")
    return Form(
        zone=word_at("zone"),
        zone_told=raw.get("zone_told") is not False,
        own_zone=word_at("own_zone"),
        twelve_hour=raw.get("twelve_hour") is True,
        glue=tuple(_clean_text(text)[:1] for text in glue) if _is_list(glue := raw.get("glue")) else (),
        editing=word_at("editing"),
        revision=revision if isinstance(revision, int) else 0,
        rewritten=rewritten if isinstance(rewritten := raw.get("rewritten"), int) else 0,
        origin=word_at("origin"),
        follows=word_at("follows"),
        preview=word_at("preview"),
        only_me=raw.get("only_me") is True,
        channel=word_at("channel"),
        also=channels_in(raw.get("also")),
        to_people=people_in(raw.get("to_people")),
        timed=raw.get("timed") is True,
        unfolded=raw.get("unfolded") is True,
        until=date_in(raw.get("until")),
        holidays=word_at("holidays") or "",
        freshness=seconds_in(str(raw.get("freshness"))),
        mentions=mentions_in([*(people if _is_list(people) else []), *(groups if _is_list(groups) else [])]),
        reviewers=(*reviewers_in(raw.get("reviewers")), *reviewers_in(raw.get("review_groups"))),
        review_lead=lead_in(str(raw.get("review_lead"))),
        undecided=undecided_in(raw.get("undecided")),
        sourced=raw.get("sourced") is True,
        others=others_in(raw.get("others")),
        over=hours_in(str(raw.get("over"))),
        changes=changes_in(raw.get("changes")),
        model=word_at("model"),
    )


def _groups_in(blocks: object) -> tuple[tuple[str, str], ...]:
    """The groups that the modal offers."""
    for block in blocks if _is_list(blocks) else ():
        if isinstance(block, dict) and block.get("block_id") == "groups":
            element = block.get("element")
            options = element.get("options") if isinstance(element, dict) else None
            found = [_group_in(option) for option in options] if _is_list(options) else []
            return tuple(group for group in found if group is not None)
    return ()


def _exposed_in(blocks: object) -> str:
    """The words that tell who would see what."""
    block = _block_called("exposed", blocks)
    text = block.get("text")
    words = text.get("text") if isinstance(text, dict) else None
    return _clean_text(words)


def _ticket_in(blocks: object) -> str:
    """The ticket at the box that stands under them."""
    element = _block_called("agree", blocks).get("element")
    options = element.get("options") if isinstance(element, dict) else None
    first = options[0] if _is_list(options) and options else None
    return _clean_text(first.get("value")) if isinstance(first, dict) else ""


def _block_called(name: str, blocks: object) -> Mapping[str, Any]:
    for block in blocks if _is_list(blocks) else ():
        if isinstance(block, dict) and block.get("block_id") == name:
            return block
    return {}


def _group_in(option: object) -> tuple[str, str] | None:
    if not isinstance(option, dict) or not isinstance(option.get("text"), dict):
        return None
    value, name = option.get("value"), option["text"].get("text")
    if not isinstance(name, str) or not mentions_in([value]) or value in dict(composer_words.BROADCASTS):
        return None
    return str(value), name


def _clean_text(text: object) -> str:
    """Text without halves of surrogate pairs, which JSON can say and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else ""


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str)
