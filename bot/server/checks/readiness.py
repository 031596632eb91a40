"""The answer to "may this process get work?": what is still being looked at, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.server.checks.finding import Finding


class Readiness:
    """Collects the findings of the start; the newest of a check replaces its older ones."""

    def __init__(self) -> None:
        self._under_way: Counter[str] = Counter()
        self._findings: dict[str, Sequence[Finding]] = {}
        self._refusal: Finding | None = None

    @property
    def findings(self) -> list[Finding]:
        return [finding for found in self._findings.values() for finding in found]

    @property
    def refusal(self) -> Finding | None:
        """The finding for which the process ends, if there is one."""
        return self._refusal

    @property
    def unreached(self) -> set[str]:
        """The services that have not answered yet."""
        return {finding.what for finding in self.findings if finding.state == "unreached"}

    def begin_check(self, what: str) -> None:
        self._under_way[what] += 1

    def end_check(self, name: str, what: str, findings: Sequence[Finding]) -> None:
        self._under_way[what] -= 1
        self._findings[name] = findings

    def replace_findings(self, name: str, findings: Sequence[Finding]) -> None:
        self._findings[name] = findings

    def is_unreached(self, name: str) -> bool:
        """Tell if the check of this name was not answered."""
        return any(finding.state == "unreached" for finding in self._findings.get(name, ()))

    def reasons(self) -> list[str]:
        """Say what keeps the process from being ready; nothing when it is."""
        looking = [f"{what}: still being checked" for what, number in self._under_way.items() if number > 0]
        blocking = [f"{finding.what}: {finding.advice}" for finding in self.findings if finding.blocks]
        return [*looking, *blocking]

    def refuse(self, finding: Finding) -> None:
        """End the process for this: the server looks for it ten times a second."""
        self._refusal = finding
