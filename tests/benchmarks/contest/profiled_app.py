"""The app, started under a profiler that waits.

SIGUSR1 begins, and SIGUSR2 ends and writes what was found into the file that the first argument names.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    _, written, *sys.argv[1:] = sys.argv
    sys.path[0] = str(Path(__file__).resolve().parents[3])
    import cProfile

    import app

    profile = cProfile.Profile(time.thread_time)  # the processor's, so that waiting counts for nothing

    def stop(*_: object) -> None:
        profile.disable()
        profile.dump_stats(written)

    signal.signal(signal.SIGUSR1, lambda *_: profile.enable())
    signal.signal(signal.SIGUSR2, stop)
    app.main()
