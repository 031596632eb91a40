"""Limits that the kernel keeps for a process that reads what strangers made."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.platform == "win32":  # no such limits there; the one who started us keeps the time

    def offer_first() -> None:
        pass

    def limit_memory(most: int) -> None:
        pass

    def limit_time(seconds: int) -> None:
        pass

    def memory_used() -> int:
        return 0

else:
    import resource

    def offer_first() -> None:
        """Have Linux end this process before the bot where the machine runs out of memory."""
        score = Path("/proc/self/oom_score_adj")
        if score.exists():
            score.write_text("1000")

    def limit_memory(most: int) -> None:
        """Allow so many MB, and no files."""
        resource.setrlimit(resource.RLIMIT_AS, (most << 20, most << 20))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def limit_time(seconds: int) -> None:
        """Allow so many seconds of the processor from now on; the kernel ends what takes more."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))

    def memory_used() -> int:
        """MB; a parser rarely gives back what it took for one document."""
        try:
            with Path("/proc/self/statm").open() as status:
                return int(status.read().split()[0]) * resource.getpagesize() >> 20
        except FileNotFoundError:  # macOS: the most there was so far
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20
