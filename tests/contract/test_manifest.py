"""manifest.yml is one that Slack takes, and it says and asks for what the bot says and does.

The limits are those of Slack's manifest schema, version 2: https://github.com/slackapi/manifest-schema. Only
what our manifest uses is allowed here, so a new part of it comes with its limits.
"""

from __future__ import annotations

import ast
import inspect
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands import HelpRequest, ListRequest, ScheduleRequest, parse_command
from bot.replies import SUMMARISE, SUMMARISE_DESCRIPTION
from bot.replies.text import COMMAND, DESCRIPTION, USAGE_HINT
from bot.server.connect import EVENTS
from bot.ui import shortcuts

ROOT = Path(__file__).parents[2]


def text(shortest: int, longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": shortest, "maxLength": longest}


def object_of(required: tuple[str, ...] = (), /, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


YES_OR_NO = {"type": "boolean"}
LIMITS = object_of(
    ("_metadata", "display_information"),
    # Without it Slack takes the manifest for one of version 1.
    _metadata=object_of(("major_version",), major_version={"const": 2}),
    display_information=object_of(
        ("name",),
        name=text(1, 35),
        description=text(1, 140),
        long_description=text(175, 4000),
        background_color={"type": "string", "pattern": "^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"},
    ),
    features=object_of(
        app_home=object_of(
            home_tab_enabled=YES_OR_NO,
            messages_tab_enabled=YES_OR_NO,
            messages_tab_read_only_enabled=YES_OR_NO,
        ),
        agent_view=object_of(
            ("agent_description",),
            agent_description=text(1, 300),
            suggested_prompts={
                "type": "array",
                "maxItems": 4,
                "items": object_of(("title", "message"), title=text(1, 150), message=text(1, 4000)),
            },
        ),
        bot_user=object_of(("display_name",), display_name=text(1, 80), always_online=YES_OR_NO),
        shortcuts={
            "type": "array",
            "maxItems": 10,
            "items": object_of(
                ("name", "type", "callback_id", "description"),
                name=text(1, 24),
                type={"enum": ["message", "global"]},
                callback_id=text(1, 255),
                description=text(1, 150),
            ),
        },
        slash_commands={
            "type": "array",
            "minItems": 1,
            "maxItems": 50,
            "items": object_of(
                ("command", "description"),
                command={**text(2, 32), "pattern": "^/"},
                url={**text(1, 3000), "pattern": "^https://"},
                description=text(1, 2000),
                usage_hint=text(1, 1000),
                should_escape=YES_OR_NO,
            ),
        },
    ),
    oauth_config=object_of(
        redirect_urls={
            "type": "array",
            "maxItems": 1000,
            "items": {"type": "string", "pattern": "^https://"},
        },
        scopes=object_of(
            bot={"type": "array", "maxItems": 255, "uniqueItems": True, "items": {"type": "string"}}
        ),
    ),
    settings=object_of(
        event_subscriptions=object_of(
            request_url={**text(1, 3500), "pattern": "^https://"},
            bot_events={"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "string"}},
        ),
        interactivity=object_of(("is_enabled",), is_enabled=YES_OR_NO, request_url={"type": "string"}),
        org_deploy_enabled=YES_OR_NO,
        socket_mode_enabled=YES_OR_NO,
        token_rotation_enabled=YES_OR_NO,
    ),
)

# What each Web API method needs, by its page at docs.slack.dev/reference/methods. Where a method needs one
# scope for each kind of conversation it is all four, since prompts may be asked in each.
KINDS = ("channels", "groups", "im", "mpim")
SCOPES: dict[str, set[str]] = {
    "api_test": set(),
    "auth_test": set(),
    "assistant_threads_setStatus": {"chat:write"},
    "assistant_threads_setSuggestedPrompts": {"assistant:write"},
    "chat_postMessage": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_delete": {"chat:write"},
    "chat_getPermalink": set(),
    "chat_update": {"chat:write"},
    "users_info": {"users:read"},
    "users_list": {"users:read"},
    "users_conversations": {"channels:read", "groups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "usergroups_list": {"usergroups:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_update": set(),
    "files_info": {"files:read"},
    "conversations_members": {f"{kind}:read" for kind in KINDS},
    "conversations_info": {f"{kind}:read" for kind in KINDS},
    "conversations_join": {"channels:join"},
    "conversations_open": {"im:write"},
    "conversations_history": {f"{kind}:history" for kind in KINDS},
    "conversations_replies": {f"{kind}:history" for kind in KINDS},
}
EVENT_SCOPES: dict[str, set[str]] = {
    "app_mention": {"app_mentions:read"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "channel_archive": {"channels:read"},
    "channel_deleted": {"channels:read"},
    "channel_left": {"channels:read"},
    "channel_shared": {"channels:read", "groups:read"},
    "channel_unshared": {"channels:read", "groups:read"},
    "group_archive": {"groups:read"},
    "group_deleted": {"groups:read"},
    "group_left": {"groups:read"},
    "user_change": {"users:read"},
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())
    return loaded


def called() -> set[str]:
    """The Web API methods that the bot calls: those of the SDK's client that it names."""
    trees = [ast.parse(path.read_text()) for path in sorted((ROOT / "bot" / "slack").glob("*.py"))]
    return {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "client"
        and inspect.isfunction(getattr(AsyncWebClient, node.attr, None))
    }


def test_the_manifest_keeps_slacks_limits(manifest: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(LIMITS).validate(manifest)


def test_a_manifest_beyond_them_would_be_found(manifest: dict[str, Any]) -> None:
    check = jsonschema.Draft202012Validator(LIMITS)
    for broken in (
        {**manifest, "_metadata": {"major_version": 1}},
        {**manifest, "rich_previews": {}},
        {**manifest, "display_information": {"name": "x" * 36}},
        {**manifest, "features": {"slash_commands": []}},
        {**manifest, "features": {"slash_commands": [{"command": "precache", "description": "x"}]}},
    ):
        assert not check.is_valid(broken)


def test_the_command_is_described_as_the_bot_describes_it(manifest: dict[str, Any]) -> None:
    (command,) = manifest["features"]["slash_commands"]
    assert (command["command"], command["description"], command["usage_hint"]) == (
        COMMAND,
        DESCRIPTION,
        USAGE_HINT,
    )
    assert command["url"].endswith("/slack/events")
    # Else mentions and links in a prompt arrive as ids in angle brackets.
    assert command["should_escape"] is False


def test_each_prompt_that_the_manifest_suggests_is_understood(manifest: dict[str, Any]) -> None:
    agent, now = manifest["features"]["agent_view"], datetime(2027, 1, 4, tzinfo=UTC)
    read = [parse_command(prompt["message"], now=now, zone="UTC") for prompt in agent["suggested_prompts"]]
    assert [type(request) for request in read] == [ListRequest, ScheduleRequest, HelpRequest]


def test_the_shortcut_is_the_one_that_is_listened_to(manifest: dict[str, Any]) -> None:
    (shortcut,) = manifest["features"]["shortcuts"]
    assert (shortcut["name"], shortcut["type"]) == (SUMMARISE, "message")
    assert shortcut["callback_id"] == shortcuts.SUMMARISE_CALLBACK
    assert shortcut["description"] == SUMMARISE_DESCRIPTION


def test_every_method_that_is_called_has_its_scopes_and_no_scope_is_without_one(
    manifest: dict[str, Any],
) -> None:
    heard = (EVENT_SCOPES.get(event, set()) for event in EVENTS)
    needed = {"commands"}.union(*(SCOPES[method] for method in called()), *heard)
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed


def test_the_manifest_asks_for_nothing_that_is_not_served(manifest: dict[str, Any]) -> None:
    assert manifest["settings"] == {
        "event_subscriptions": {
            "request_url": "https://precache.example.com/slack/events",
            "bot_events": list(EVENTS),
        },
        "interactivity": {
            "is_enabled": True,
            "request_url": "https://precache.example.com/slack/events",
        },
        "org_deploy_enabled": False,
        "socket_mode_enabled": False,
        "token_rotation_enabled": False,
    }
