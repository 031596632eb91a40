"""The process that reads documents: one after the other, within limits that the kernel keeps.

Run by `process.py`. A document comes as the length of its description, that as JSON, and its bytes; what was
read goes back as a length and JSON. It ends with standard input, however the one who holds that ends.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

from bot.documents.document import Document, Unparsed, encode_document
from bot.documents.feed import read_feed
from bot.documents.page import read_page
from bot.documents.pdf import read_pdf
from bot.documents.plain_text import read_plain
from bot.documents.sniff import kind_of


def main() -> None:
    """Answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    memory, seconds, weary = map(int, sys.argv[1:])
    answers = take_output()
    offer_first()
    limit_memory(memory)
    while (head := sys.stdin.buffer.read(4)) and len(head) == 4:
        asked = json.loads(sys.stdin.buffer.read(*struct.unpack(">I", head)))
        content = sys.stdin.buffer.read(asked["size"])
        limit_time(seconds)
        raw = encode_document(_read_document(content, asked))
        body = json.dumps({"read": raw, "last": memory_used() > weary}).encode()
        _send_answer(answers, body)


def take_output() -> BinaryIO:
    """Take standard output for answers alone: what a library prints there is none."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return answers


def _read_document(content: bytes, asked: dict[str, Any]) -> Document | Unparsed:
    try:
        match kind_of(content, asked["mime"], asked["charset"]):
            case None:
                return Unparsed(problem="not_text")
            case "pdf":
                return read_pdf(content)
            case "feed":
                return read_feed(content, charset=asked["charset"], url=asked["url"])
            case "page":
                return read_page(content, asked["charset"], url=asked["url"])
            case "text":
                return read_plain(content, asked["charset"])
    except MemoryError:
        return Unparsed(problem="too_large")
    except Exception:  # noqa: BLE001 — a parser may raise anything at what a stranger made
        return Unparsed(problem="broken")


def _send_answer(answers: BinaryIO, body: bytes) -> None:
    answers.write(struct.pack(">I", len(body)) + body)
    answers.flush()


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


if __name__ == "__main__":
    main()
