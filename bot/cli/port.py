"""The port, looked at before anything is installed: with the standard library alone."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_USUAL: Final = 3000
_SETTING: Final = re.compile(
    r"^\s*(?:export\s+)?(HOST|PORT)[^\S\n]*=[^\S\n]*[\"']?([^\s\"'#]*)", re.MULTILINE
)


def find_port_problem(env: Path, environ: Mapping[str, str] = os.environ) -> str | None:
    """Say why Precache could not listen; None if it can, or if a setting is wrong, which it tells itself."""
    try:
        in_file = dict(_SETTING.findall(env.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError):
        in_file = {}
    host = environ.get("HOST", in_file.get("HOST")) or "127.0.0.1"
    port = environ.get("PORT", in_file.get("PORT")) or str(_USUAL)
    if not (port.isascii() and port.isdigit() and len(port) < 9 and 0 < int(port) <= 65_535):
        return None
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as exc:
            return word_port_problem(host, int(port), exc)
    return None


def word_port_problem(host: str, port: int, exc: OSError) -> str:
    """Say which address cannot be listened on, and how to take another one."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    other = port + 1 if 1_024 <= port < 65_535 else _USUAL
    return f"PORT: cannot listen on {place} ({exc.strerror}). Take another port: PORT={other} make run"
