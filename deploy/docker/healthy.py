"""Ask the Precache in this container if it serves, or another question: `healthy.py /readyz`.

Without the project's packages, since it is started every few seconds. The exit status is the answer.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


def main(path: str = "/healthz") -> str | None:
    """Say what is wrong; None if nothing is."""
    host, port = os.environ.get("HOST", ""), os.environ.get("PORT") or "3000"
    try:
        connection = HTTPConnection(_EVERYWHERE.get(host, host), int(port), timeout=4)
        connection.request("GET", path)
        answer = connection.getresponse()
        reasons = answer.read(2_000).decode(errors="replace").strip()
    except (OSError, HTTPException) as exc:
        return f"no answer at port {port}: {type(exc).__name__}"
    return None if answer.status == 200 else f"{path} answers {answer.status}: {reasons}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
