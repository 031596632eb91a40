"""Print the Slack app's manifest as JSON, with the addresses of PUBLIC_URL: what Slack's CLI asks for.

`manifest.yml` is the manifest; here stands only what differs from one installation to the other. Needs
PyYAML, which `make setup` installs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

_MANIFEST = Path(__file__).parents[2] / "manifest.yml"
_EXAMPLE = "https://precache.example.com"


def main(words: list[str] | None = None) -> str | None:
    """Print it; returns what is wrong, if something is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=os.environ.get("PUBLIC_URL", ""), help="in place of PUBLIC_URL")
    parser.add_argument("--socket-mode", action="store_true", help="Slack needs no address")
    # The CLI may add words of its own: https://docs.slack.dev/tools/slack-cli/reference/hooks
    arguments, _ = parser.parse_known_args(words)
    manifest = yaml.safe_load(_MANIFEST.read_text(encoding="utf-8"))
    if arguments.socket_mode:
        use_socket_mode(manifest)
    else:
        url = urlsplit(arguments.url)
        if url.scheme != "https" or not url.hostname or url.query or url.fragment:
            return "PUBLIC_URL: expected the https address of your Precache; or add --socket-mode"
        manifest = use_address(manifest, arguments.url.rstrip("/"))
    print(json.dumps(manifest))  # noqa: T201 - what it is for
    return None


def use_address(value: Any, url: str) -> Any:
    """Make the same manifest with `url` in place of the example's."""
    if isinstance(value, dict):
        return {name: use_address(part, url) for name, part in value.items()}
    if isinstance(value, list):
        return [use_address(part, url) for part in value]
    return value.replace(_EXAMPLE, url, 1) if isinstance(value, str) else value


def use_socket_mode(manifest: dict[str, Any]) -> None:
    """Turn Socket Mode on, and take the addresses out, which Slack then does not call."""
    manifest["settings"]["socket_mode_enabled"] = True
    for part in ("event_subscriptions", "interactivity"):
        del manifest["settings"][part]["request_url"]
    for command in manifest["features"]["slash_commands"]:
        del command["url"]
    del manifest["oauth_config"]["redirect_urls"]


if __name__ == "__main__":
    sys.exit(main())
