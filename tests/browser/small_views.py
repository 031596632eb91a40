"""The modal and the Home of the small app: one of everything that a form can ask for."""

from __future__ import annotations

from typing import Any

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def options(*texts: str) -> list[Block]:
    return [{"text": plain(text), "value": text.lower()} for text in texts]


def button(action_id: str, text: str, **more: Any) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": action_id, **more}


def section(text: str, **more: Any) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def field(block_id: str, label: str, kind: str, *, optional: bool = False, **element: Any) -> Block:
    """An input block whose element has the action id `it`."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "optional": optional,
        "element": {"type": kind, "action_id": "it", **element},
    }


def modal(title: str, *blocks: Block, submit: str | None = "Save", **more: Any) -> Block:
    view = {
        "type": "modal",
        "title": plain(title),
        "close": plain("Cancel"),
        "blocks": list(blocks),
        "callback_id": title,
    }
    return {**view, **({"submit": plain(submit)} if submit else {}), **more}


def prompt_and_time(understood: str = "") -> Block:
    """A prompt, and a time that is read while it is typed; what was understood stands between them."""
    when = field(
        "when",
        "When",
        "plain_text_input",
        dispatch_action_config={"trigger_actions_on": ["on_character_entered"]},
    )
    return modal(
        "New schedule",
        field("prompt", "Prompt", "plain_text_input", multiline=True, min_length=5, max_length=20),
        {**section(f"Next runs: {understood}"), "block_id": "preview"},
        when | {"dispatch_action": True, "hint": plain(f"Read as {understood}")},
        {"type": "actions", "block_id": "more", "elements": [button("advanced", "Advanced…")]},
    )


def everything() -> Block:
    """Every element that holds a value."""
    optional = {"optional": True}
    return modal(
        "Everything",
        field("static", "Rhythm", "static_select", options=options("Daily", "Weekly", "Monthly")),
        field(
            "several",
            "Days",
            "multi_static_select",
            max_selected_items=2,
            options=options("Mon", "Tue", "Wed"),
        ),
        field("topic", "Topic", "external_select", min_query_length=2),
        field("channel", "Channel", "conversations_select", default_to_current_conversation=True),
        field("public", "Public channel", "channels_select", **optional),
        field("people", "People", "multi_users_select"),
        field("day", "Day", "datepicker", initial_date="2027-01-15"),
        field("time", "Time", "timepicker"),
        field("moment", "Moment", "datetimepicker"),
        field("policy", "Mentions", "radio_buttons", options=options("None", "Only me")),
        field("flags", "Flags", "checkboxes", options=options("Quiet", "Cost"), **optional),
        field("words", "Words", "number_input", is_decimal_allowed=False, min_value="10"),
        field("source", "Source", "url_text_input", **optional),
        field("mail", "Mail", "email_text_input", **optional),
        field("note", "Note", "plain_text_input", initial_value="as before", **optional),
    )


def home(*names: str) -> Block:
    """A line for each name, with a menu, under a button and a select."""
    top = [
        button("compose", "New schedule"),
        {"type": "static_select", "action_id": "whose", "options": options("Mine", "All")},
    ]
    lines = [
        section(
            f"*{name}*",
            block_id=name,
            accessory={"type": "overflow", "action_id": "do", "options": options("Run", "Delete")},
        )
        for name in names
    ]
    return {"type": "home", "blocks": [{"type": "actions", "block_id": "top", "elements": top}, *lines]}
