"""The pages that Precache shows in a browser: small, one look, and nothing fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final

from starlette.responses import HTMLResponse

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d1c1d; --quiet: #5e5d60; --paper: #f6f5f3; --card: #fff;
  --line: #e2e0dc; --accent: #1f3a5f; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #ece9e4; --quiet: #a9a6a1; --paper: #17181a;
  --card: #212327; --line: #35383d; --accent: #9dc1ef; --on-accent: #10202f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; color: var(--ink);
  background: var(--paper); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: min(34rem, 100%); padding: 2rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 14px; overflow-wrap: anywhere; }
.name { margin: 0 0 1.25rem; color: var(--quiet); font-weight: 600; letter-spacing: .02em; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
p, ul, ol { margin: 0 0 1rem; } ul, ol { padding-left: 1.3rem; } li { margin: .3rem 0; }
code { padding: .1rem .35rem; border: 1px solid var(--line); border-radius: 5px; background: var(--paper);
  font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.button { display: inline-block; margin-top: .5rem; padding: .65rem 1.2rem; border-radius: 9px;
  background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none; }
.button:hover { filter: brightness(1.12); }
.button:focus-visible { outline: 3px solid var(--quiet); outline-offset: 2px; }
.quiet { color: var(--quiet); font-size: .9rem; } main > :last-child { margin-bottom: 0; }
"""
_DIGEST: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # addresses of these pages carry codes
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def browser_page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    """A page of `parts`, which are HTML as the functions below make it."""
    content = "\n".join(parts)
    return HTMLResponse(
        f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)} · Precache</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<p class="name">Precache</p>
<h1>{escape(title)}</h1>
{content}
</main>
</body>
</html>
""",
        status_code=status,
        headers=_HEADERS,
    )


def page_paragraph(text: str, *, quiet: bool = False) -> str:
    """Text; what stands between back quotes is there to be typed."""
    attribute = ' class="quiet"' if quiet else ""
    return f"<p{attribute}>{_typed_text(text)}</p>"


def list_items(*lines: str, numbered: bool = False) -> str:
    tag = "ol" if numbered else "ul"
    return f"<{tag}>{''.join(f'<li>{_typed_text(line)}</li>' for line in lines)}</{tag}>"


def link_button(text: str, url: str) -> str:
    return f'<a class="button" href="{escape(url)}">{escape(text)}</a>'


def _typed_text(text: str) -> str:
    plain, *rest = escape(text, quote=False).split("`")
    for number, part in enumerate(rest):
        plain += f"<code>{part}</code>" if number % 2 == 0 else part
    return plain
