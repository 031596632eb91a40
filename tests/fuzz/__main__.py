"""Runs the targets, each in a process of its own, for a time: SECONDS each, or those that are named.

python -m tests.fuzz --seconds 60 [--jobs 2] [NAME…]
python -m tests.fuzz NAME FILE…      play finds again
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.fuzz.target import Target
from tests.fuzz.targets import load_targets

FOLDER: Final = Path(".fuzz")
"""What was found so far, of each target: inputs that reach something new, and those that break it."""
_START: Final = 300
"""Seconds, beside its own, that a process may take to instrument the product, on a busy machine."""
_SLOWEST: Final = 25
"""Seconds that one input may take."""
_DONE: Final = re.compile(r"Done (\d+) runs?|#(\d+)\s+(?:DONE|NEW|REDUCE|pulse|INITED)")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The end of one target's run."""

    target: str
    runs: int
    broke: bool
    words: str


def main() -> int:
    targets = load_targets()
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a target, and then files to play into it")
    options = parser.parse_args()
    if len(options.names) > 1 and options.names[1] not in targets:
        return subprocess.run(
            [sys.executable, "-m", "tests.fuzz.play", *options.names], check=False
        ).returncode
    chosen = [targets[name] for name in options.names or targets]
    if find_spec("atheris") is None:
        print("atheris is not installed here: inputs are changed without a look at what they reach.")
    with ThreadPoolExecutor(options.jobs) as pool:
        findings = list(pool.map(lambda target: look_into(target, seconds=options.seconds), chosen))
    broken = [finding for finding in findings if finding.broke]
    tried = sum(finding.runs for finding in findings)
    print(f"\n{tried:,} inputs, {len(findings)} targets, {len(broken)} broke.")
    return 1 if broken else 0


def look_into(target: Target, *, seconds: float) -> Finding:
    """Run one target; what it prints is kept, and told where it broke."""
    finds, corpus = FOLDER / target.name / "finds", FOLDER / target.name / "corpus"
    for folder in (finds, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    for place, seed in enumerate(target.seeds):
        (corpus / f"seed-{place}").write_bytes(seed)
    guided = target.guided and find_spec("atheris") is not None
    how = (
        [
            *(
                "--guided",
                f"-max_total_time={seconds:.0f}",
                f"-timeout={_SLOWEST}",
                f"-max_len={target.longest}",
            ),
            *("-rss_limit_mb=0", f"-artifact_prefix={finds}/", "-print_final_stats=1", str(corpus)),
        ]
        if guided
        else ["--blind", str(seconds), str(finds)]
    )
    before = set(finds.iterdir())
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.play", target.name, *how],
            capture_output=True,
            timeout=seconds + _START,
            check=False,
        )
        said, broke = ended.stderr.decode(errors="replace"), ended.returncode != 0
    except subprocess.TimeoutExpired as exc:
        said, broke = f"{(exc.stderr or b'').decode(errors='replace')}\nno end within its time", True
    runs = max((int(one or other) for one, other in _DONE.findall(said)), default=0)
    print(
        f"{'BROKE' if broke else 'ok':5} {target.name:20} {runs:>9,} inputs{'' if guided else ', blind'}",
        flush=True,
    )
    if broke:
        print(said[-3_000:])
        for path in sorted(set(finds.iterdir()) - before):
            print(f"Play it again: python -m tests.fuzz {target.name} {path}", flush=True)
    return Finding(target=target.name, runs=runs, broke=broke, words=said)


if __name__ == "__main__":
    sys.exit(main())
