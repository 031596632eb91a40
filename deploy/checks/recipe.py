"""Carries out an image recipe without a Docker: each of its steps, word for word, in a fresh Debian root.

Each step that writes becomes a layer (an overlay's upper folder), as in an image. A step that this cannot do
raises, so nothing is passed over. Needs root, `mmdebstrap`, and the package indexes of Debian and Python.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from dockerfile_parse import DockerfileParser

PROJECT: Final = Path(__file__).parents[2]
RECIPE: Final = PROJECT / "deploy/docker/Dockerfile"

_SUITES: Final = {"debian:13-slim": "trixie"}
"""The Debian of each base image that a recipe may name."""
_LEFT_OUT: Final = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*")
"""The files that Debian's slim images go without."""
_FOR_PIP: Final = (
    "PIP_CERT",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
)


class UnknownStep(Exception):
    """The recipe says something that this cannot do."""


@dataclass(kw_only=True)
class Stage:
    """One stage of a recipe: its layers so far, lowest first, and how a container of it starts."""

    name: str
    base: str
    steps: Sequence[tuple[str, str]]
    layers: list[Path] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """The step that each layer was made by."""
    environ: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    command: tuple[str, ...] = ()
    health: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Container:
    """Starts programs in an image as a container does: as its user, without rights, on what is read-only."""

    prefix: tuple[str, ...]
    environ: Mapping[str, str]
    stage: Stage

    def start(self, command: Sequence[str], **environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.prefix, *command],
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: Sequence[str], **environ: str) -> tuple[int, str]:
        """The exit status of a program, and what it said."""
        with self.start(command, **environ) as process:
            said, _ = process.communicate(timeout=60)
        return process.returncode, said


def read_recipe(text: str) -> dict[str, Stage]:
    """Read the stages of a recipe, by name, in their order."""
    parser = DockerfileParser(fileobj=io.BytesIO(text.encode()))
    stages: dict[str, Stage] = {}
    steps: list[tuple[str, str]] = []
    for line in parser.structure:
        instruction, value = line["instruction"], line["value"]
        if instruction == "COMMENT":
            continue
        if instruction == "FROM":
            base, _, name = value.partition(" AS ")
            steps = []
            stages[name] = Stage(name=name, base=base, steps=steps)
        else:
            steps.append((instruction, value))
    return stages


@dataclass(frozen=True, kw_only=True)
class Builder:
    """Builds the stages of a recipe in `place`, with the project's files as the context."""

    stages: Mapping[str, Stage]
    place: Path
    context: Path = PROJECT

    def build(self, name: str) -> Stage:
        """Build a stage, and those that it stands on or copies from; each once."""
        stage = self.stages[name]
        if stage.layers:
            return stage
        if stage.base in self.stages:
            base = self.build(stage.base)
            stage.layers, stage.told = [*base.layers], [*base.told]
            stage.environ, stage.folder, stage.user = dict(base.environ), base.folder, base.user
            stage.command, stage.health = base.command, base.health
        else:
            stage.layers, stage.told = [self._make_base(stage.base)], [f"FROM {stage.base}"]
            stage.environ = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        for instruction, value in stage.steps:
            self._do_step(stage, instruction, value)
        return stage

    def _do_step(self, stage: Stage, instruction: str, value: str) -> None:
        match instruction:
            case "RUN":
                self._run(stage, value)
            case "COPY":
                self._copy(stage, value)
            case "ENV":
                for part in shlex.split(value):
                    name, _, content = part.partition("=")
                    stage.environ[name] = content
            case "WORKDIR":
                stage.folder = value
            case "USER":
                stage.user = value
            case "HEALTHCHECK":
                stage.health = _words_of(value.partition(" CMD ")[2])
            case "CMD":
                stage.command = _words_of(value)
            case "EXPOSE" | "LABEL":
                pass  # words about the image
            case _:
                raise UnknownStep(f"{instruction} {value}")

    def _make_base(self, image: str) -> Path:
        if image not in _SUITES:
            raise UnknownStep(f"FROM {image}")
        root = self.place / "base"
        if not root.exists():
            options = [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
            options.append("--dpkgopt=force-unsafe-io")  # as in Debian's images
            _call(["mmdebstrap", "--quiet", "--variant=minbase", *options, _SUITES[image], root])
        return root

    def _run(self, stage: Stage, value: str) -> None:
        if value.startswith(("[", "-")):
            raise UnknownStep(f"RUN {value}")
        with self._new_layer(stage, f"RUN {value}") as root, _network(root) as extra, _system_folders(root):
            environ = {**stage.environ, **extra}
            _call(["chroot", root, "/bin/sh", "-c", f"cd {shlex.quote(stage.folder)} && {value}"], environ)

    def _copy(self, stage: Stage, value: str) -> None:
        first, *others = shlex.split(value)
        *sources, target = others if first.startswith("--") else [first, *others]
        with ExitStack() as stack:
            origin = self.context
            if first.startswith("--from="):
                other = self.build(first.removeprefix("--from="))
                origin = stack.enter_context(mounted(other.layers, self.place / "from"))
            elif first.startswith("--"):
                raise UnknownStep(f"COPY {value}")
            root = stack.enter_context(self._new_layer(stage, f"COPY {value}"))
            for source in sources:
                _copy_one(
                    origin / source.lstrip("/"), root / target.lstrip("/"), is_folder=target.endswith("/")
                )

    @contextmanager
    def _new_layer(self, stage: Stage, told: str) -> Iterator[Path]:
        layer = self.place / f"{stage.name}-{len(stage.layers)}"
        layer.mkdir()
        with mounted(stage.layers, self.place / "building", upper=layer) as root:
            yield root
        stage.layers.append(layer)
        stage.told.append(told)


def _words_of(value: str) -> tuple[str, ...]:
    if not value.startswith("["):
        raise UnknownStep(f"expected a list of words, not a line for a shell: {value}")
    return tuple(json.loads(value))


def _copy_one(source: Path, target: Path, *, is_folder: bool) -> None:
    """Copy as COPY does: a folder's content, or one file."""
    if source.is_dir():
        ignore = shutil.ignore_patterns("__pycache__") if source.is_relative_to(PROJECT) else None
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, ignore=ignore)
        return
    path = target / source.name if is_folder else target
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, path)


@contextmanager
def mounted(layers: Sequence[Path], at: Path, *, upper: Path | None = None) -> Iterator[Path]:
    """Layers, lowest first, as one folder; what is written goes to `upper`, or is refused."""
    at.mkdir(exist_ok=True)
    options = f"lowerdir={':'.join(str(layer) for layer in reversed(layers))}"
    work = at.with_name(f"{at.name}-work")
    if upper is None:
        empty = at.with_name(f"{at.name}-empty")
        empty.mkdir(exist_ok=True)
        options = f"ro,lowerdir={empty}:{options.removeprefix('lowerdir=')}"
    else:
        work.mkdir()
        options = f"{options},upperdir={upper},workdir={work}"
    _call(["mount", "-t", "overlay", "overlay", "-o", options, at])
    try:
        yield at
    finally:
        _call(["umount", at])
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def in_memory(folder: Path) -> Iterator[None]:
    """Keep a folder's content in memory: package managers wait for the disk at every file."""
    _call(["mount", "-t", "tmpfs", "-o", "size=8g", "tmpfs", folder])
    try:
        yield
    finally:
        _call(["umount", folder])


@contextmanager
def _bound(*pairs: tuple[str, Path]) -> Iterator[None]:
    with ExitStack() as stack:
        for source, target in pairs:
            _call(["mount", "--bind", source, target])
            stack.callback(_call, ["umount", target])
        yield


@contextmanager
def _system_folders(root: Path) -> Iterator[None]:
    with _bound(("/dev", root / "dev")):
        _call(["mount", "-t", "proc", "proc", root / "proc"])
        try:
            yield
        finally:
            _call(["umount", root / "proc"])


@contextmanager
def _network(root: Path) -> Iterator[dict[str, str]]:
    """Lend a step what this machine knows of the network: names, and where packages are."""
    lent = root / "run/lent"
    lent.mkdir(parents=True)
    environ = {name: os.environ[name] for name in _FOR_PIP if name in os.environ}
    if "PIP_CERT" in environ:
        shutil.copy(environ["PIP_CERT"], lent / "certificates")
        environ["PIP_CERT"] = "/run/lent/certificates"
    resolv = root / "etc/resolv.conf"
    (root / "etc").mkdir(exist_ok=True)
    before = resolv.read_bytes() if resolv.is_file() else None
    shutil.copy("/etc/resolv.conf", resolv)
    try:
        yield environ
    finally:
        shutil.rmtree(lent)
        if before is None:
            resolv.unlink()
        else:
            resolv.write_bytes(before)


@contextmanager
def started_from(stage: Stage, place: Path, data: Path) -> Iterator[Container]:
    """Make a container of a stage: read-only, with `data` at /data and an empty /tmp to write in."""
    user, _, group = stage.user.partition(":")
    with mounted(stage.layers, place / "container") as root, ExitStack() as stack:
        stack.enter_context(_bound(("/dev", root / "dev"), (str(data), root / "data")))
        _call(["mount", "-t", "tmpfs", "tmpfs", root / "tmp"])
        stack.callback(_call, ["umount", root / "tmp"])
        rights = [f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
        rights += ["--bounding-set=-all", "--inh-caps=-all"]
        # A process number 1 of its own, as in a container.
        alone = ["unshare", "--pid", "--ipc", "--uts", "--fork", f"--mount-proc={root}/proc"]
        chroot = shutil.which("chroot") or "chroot"
        words = [*alone, chroot, str(root), "setpriv", *rights, "env", f"--chdir={stage.folder}"]
        yield Container(prefix=tuple(words), environ=stage.environ, stage=stage)


def first_process_of(process: subprocess.Popen[str]) -> int:
    """The number outside of a container's process 1; raises `ProcessLookupError` while it is not there."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    if not children:
        raise ProcessLookupError(f"{process.pid} has started nothing yet")
    return int(children[0])


def stop(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> str:
    """Stop a container as Docker does, by a signal to its process 1; what it said."""
    if process.poll() is None:
        try:
            os.kill(first_process_of(process), number)
        except ProcessLookupError:
            process.kill()
    if process.stdout is None or process.stdout.closed:
        return ""
    said, _ = process.communicate(timeout=30)
    return said


def size_of(layer: Path) -> int:
    """The bytes of a layer's files."""
    return sum(path.lstat().st_size for path in layer.rglob("*") if path.is_file() and not path.is_symlink())


def compressed_size_of(layer: Path) -> int:
    """The bytes of a layer as a registry keeps it, a gzipped archive."""
    counted = _Count()
    with (
        gzip.GzipFile(fileobj=counted, mode="wb", compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        archive.add(layer, arcname=".")
    return counted.size


class _Count(io.RawIOBase):
    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


def _call(words: Sequence[str | Path], environ: Mapping[str, str] | None = None) -> None:
    """Run a program; raises with what it said if it fails."""
    done = subprocess.run(
        [str(word) for word in words],
        env=None if environ is None else dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = f"{done.stdout}\n{done.stderr}".strip()[-3_000:]
        raise RuntimeError(f"{shlex.join(str(word) for word in words)} ended with {done.returncode}:\n{said}")


def main(target: str) -> None:
    """Build a target and print the size of each layer, in megabytes: as files, and as a gzipped archive."""
    with TemporaryDirectory(prefix="precache-image-") as folder, in_memory(Path(folder)):
        stage = Builder(stages=read_recipe(RECIPE.read_text()), place=Path(folder)).build(target)
        sizes = [(size_of(layer) / 1e6, compressed_size_of(layer) / 1e6) for layer in stage.layers]
    for told, (size, compressed) in zip(stage.told, sizes, strict=True):
        print(f"{size:8.1f} {compressed:8.1f}  {told[:90]}")
    print(f"{sum(size for size, _ in sizes):8.1f} {sum(size for _, size in sizes):8.1f}  {target}")


if __name__ == "__main__":
    main(*sys.argv[1:] or ("precache",))
