"""The picture of a contest: the processor's time of one request, for each case and each who took part."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from tests.benchmarks.contenders import BARE, PORT, STARLETTE, STOCK
from tests.benchmarks.contest.cases import PRECACHE, SOCKET
from tests.benchmarks.contest.table import Results

_COLOURS: Final = {
    PRECACHE: "#1d5fa8",
    SOCKET: "#7fb2e5",
    STOCK: "#c8702a",
    PORT: "#e3b04b",
    STARLETTE: "#777777",
    BARE: "#bbbbbb",
}
_BAR: Final = 0.8


def draw_contest(results: Results, file: Path) -> None:
    """Write the picture as SVG, with its words as text, so that it stays small."""
    rows: list[tuple[float, str, float]] = []
    ticks, place = [], 0.0
    for case in results.cases:
        names = results.players_of(case)
        for index, name in enumerate(names):
            spent = median(turn.cpu_each for turn in results.played_by(name, case)) * 1e3
            rows.append((place + index * _BAR, name, spent))
        ticks.append((place + (len(names) - 1) * _BAR / 2, case.title.replace("`", "")))
        place += len(names) * _BAR + 0.7
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "precache", "font.size": 9}):
        figure = Figure(figsize=(10, 0.28 * place + 1.2), layout="constrained")
        axes = figure.subplots()
        for name, colour in _COLOURS.items():
            own = [(at, spent) for at, who, spent in rows if who == name]
            axes.barh(
                [at for at, _ in own], [spent for _, spent in own], height=_BAR, color=colour, label=name
            )
        for at, _, spent in rows:
            axes.annotate(f" {spent:.2g}", (spent, at), va="center", fontsize=7)
        axes.set_yticks([at for at, _ in ticks], [title for _, title in ticks])
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.set_xlabel("ms of one core for a request (each line to the right is ten times as much)")
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside upper center", ncols=3, frameon=False)
        figure.savefig(file, metadata={"Date": None, "Creator": None})
