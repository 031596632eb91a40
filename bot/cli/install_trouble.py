"""The closing line of an installation that failed: pip itself ends with what came last."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

_AGAIN: Final = "Then run make again; it goes on where it stopped."
_CAUSES: Final = (
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError",
        "the package index shows a certificate that this machine does not trust. If your network has one of "
        f"its own, set PIP_CERT to its file. {_AGAIN}",
    ),
    (
        r"ProxyError",
        f"the proxy for the package index does not answer. Correct HTTPS_PROXY, or unset it. {_AGAIN}",
    ),
    (
        r"NewConnectionError|NameResolutionError|Failed to (resolve|establish)|ConnectTimeout|ReadTimeout"
        r"|Max retries|name resolution|Network is unreachable|RemoteDisconnected|Connection(Reset| aborted)",
        "the package index cannot be reached. Look at this machine's network; behind a proxy, set "
        f"HTTPS_PROXY. {_AGAIN}",
    ),
    (r"No space left on device|Disk quota exceeded", f"the disk is full. Make room. {_AGAIN}"),
    (
        r"DO NOT MATCH THE HASHES",
        "a package is not the one that the lock names. Do not install it in another way; look at what is "
        f"between this machine and the package index. {_AGAIN}",
    ),
    (
        r"No matching distribution|is not a supported wheel",
        "there is no package of this kind for this system or this Python. See README.md for what it needs, "
        "and say which Python: make PYTHON=python3.12 run",
    ),
)


def explain_log(log: str, *, path: str) -> str:
    """Say in one line why pip failed, from its log."""
    cause = next((advice for pattern, advice in _CAUSES if re.search(pattern, log)), None)
    return f"Precache is not installed: {cause or f'pip failed. What it did stands in {path}'}"


if __name__ == "__main__":
    file = Path(sys.argv[1])
    try:
        written = file.read_text(errors="replace")
    except OSError:
        written = ""
    sys.exit(explain_log(written, path=str(file)))
