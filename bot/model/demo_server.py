"""The demo model's own process: an OpenAI-compatible server on a free port of this machine.

A process apart, because the engine holds Python's lock while it loads, and its server cannot be stopped while
it answers. Run by `demo.py` as a script: takes its key on standard input, tells its address on standard
output, and ends with the one who started it, however that one ends.
"""

from __future__ import annotations

import os
import signal
import sys

CONTEXT = 4_096
"""Tokens of question and answer: the longest prompt of Latin text, twice over."""

LONGEST_ANSWER = 400
"""Tokens; a model of this size has nothing to say after them."""


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    weights, key = sys.argv[1], sys.stdin.readline().strip()
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = weights
    params.model_alias = {"demo"}
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [key]
    params.cors_origins, params.ui, params.endpoint_slots, params.offline = "", False, False, True
    params.verbosity = -1  # it would print prompts
    params.n_ctx, params.kv_unified, params.n_parallel, params.n_predict = CONTEXT, True, 2, LONGEST_ANSWER
    params.cache_ram_mib = 0
    cores = max(1, min(4, (os.cpu_count() or 2) - 1))
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = cores
    # What SmolLM2's makers advise, and a penalty that keeps so small a model from circling.
    params.sampling.temp, params.sampling.top_p, params.sampling.penalty_repeat = 0.2, 0.9, 1.1
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)  # noqa: T201 — this line is the interface
    sys.stdin.read()
    os._exit(0)  # not by taking the server down: that waits for ever for an answer that is being written


if __name__ == "__main__":
    main()
