"""One contender in a process of its own: it prints its address, and ends when its standard input does."""

from __future__ import annotations

import asyncio
import os
import sys

from uvicorn.loops.auto import auto_loop_factory

from tests.benchmarks.contenders import open_contender
from tests.stand_ins.serve import serve


async def main(name: str) -> None:
    async with open_contender(name, os.environ) as contender, serve(contender.app) as address:
        contender.url = f"{address}/api/announce"
        print(address, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(main(sys.argv[1]))
