"""One Valkey a folder, come what may."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from scheduler.embedded import ValkeyFailed, ValkeyMissing, run_valkey
from tests.waiting import wait_until

HOLDER = """
import asyncio, sys
from pathlib import Path
from redis.asyncio import Redis
from scheduler.embedded import run_valkey

async def main():
    async with run_valkey(Path(sys.argv[1])) as socket:
        async with Redis(unix_socket_path=str(socket)) as redis:
            await redis.set("kept", "yes")
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def pid_of(socket: Path) -> int:
    async with Redis(unix_socket_path=str(socket)) as redis:
        return int((await redis.info("server"))["process_id"])


async def answering(socket: Path) -> int | None:
    """The process that answers, if one does."""
    try:
        return await pid_of(socket)
    except RedisError:
        return None


def alive(pid: int) -> bool:
    """True if the process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_what_was_written_is_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    async with run_valkey(tmp_path) as socket, Redis(unix_socket_path=str(socket)) as redis:
        await redis.set("kept", "yes")
    async with run_valkey(tmp_path) as socket, Redis(unix_socket_path=str(socket)) as redis:
        assert await redis.get("kept") == b"yes"


@pytest.mark.parametrize("mode", [0o755, 0o777])
async def test_nobody_else_can_read_what_is_kept_whatever_the_folder_was_like(
    tmp_path: Path, mode: int
) -> None:
    rewritten = tmp_path / "appendonlydir" / "appendonly.aof.2.incr.aof"
    leave_open(tmp_path, mode)
    usual = os.umask(0)
    try:
        async with run_valkey(tmp_path) as socket, Redis(unix_socket_path=str(socket)) as redis:
            await redis.bgrewriteaof()
            await wait_until(rewritten.exists, "what a rewriting writes")
    finally:
        os.umask(usual)
    assert mode_of(tmp_path) == 0o700
    assert open_to_others(tmp_path) == {"somebody's"}


async def test_a_folder_for_everybody_stays_one_and_its_data_is_private(tmp_path: Path) -> None:
    leave_open(tmp_path, 0o1777)
    async with run_valkey(tmp_path):
        assert mode_of(tmp_path) == 0o1777
        assert open_to_others(tmp_path) == {"somebody's"}


def leave_open(folder: Path, mode: int) -> None:
    """Make of it what another program may have made, or an earlier version of this one."""
    folder.chmod(mode)
    (folder / "appendonlydir").mkdir(mode=0o755)
    for name in ("appendonlydir/appendonly.aof.1.incr.aof", "qstash.env", "valkey.log", "somebody's"):
        (folder / name).touch(mode=0o644)


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def open_to_others(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if mode_of(path) & 0o077}


async def test_the_last_one_out_shuts_it_down_and_no_one_before(tmp_path: Path) -> None:
    async with run_valkey(tmp_path) as first:
        pid = await pid_of(first)
        async with run_valkey(tmp_path) as second:
            assert second == first
            assert await pid_of(second) == pid
        assert await pid_of(first) == pid
    assert not alive(pid)


async def test_ctrl_c_in_the_terminal_does_not_reach_it(tmp_path: Path) -> None:
    async with run_valkey(tmp_path) as socket:
        assert os.getsid(await pid_of(socket)) != os.getsid(0)


async def test_many_starts_at_once_share_one_server(tmp_path: Path) -> None:
    everyone_in = asyncio.Barrier(8)

    async def use() -> int:
        async with run_valkey(tmp_path) as socket:
            pid = await pid_of(socket)
            await everyone_in.wait()
            return pid

    assert len(set(await asyncio.gather(*(use() for _ in range(8))))) == 1


async def test_starts_and_stops_that_overlap_never_meet_a_dead_server(tmp_path: Path) -> None:
    async def come_and_go() -> None:
        for _ in range(6):
            async with run_valkey(tmp_path) as socket:
                await pid_of(socket)

    await asyncio.gather(*(come_and_go() for _ in range(4)))


async def test_a_start_after_kill_9_finds_the_server_and_its_data(tmp_path: Path) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, str(tmp_path), stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"ready\n"
    orphan = await pid_of(tmp_path / "valkey.sock")
    holder.kill()
    await holder.communicate()
    assert alive(orphan)
    async with run_valkey(tmp_path) as socket, Redis(unix_socket_path=str(socket)) as redis:
        assert await redis.get("kept") == b"yes"
        assert await pid_of(socket) == orphan
    assert not alive(orphan)


async def test_kill_9_of_the_server_loses_nothing_acknowledged(tmp_path: Path) -> None:
    async with run_valkey(tmp_path) as socket:
        async with Redis(unix_socket_path=str(socket)) as redis:
            await redis.set("kept", "yes")
        pid = await pid_of(socket)
        os.kill(pid, signal.SIGKILL)
        await wait_until(lambda: not alive(pid), "the server to be gone")
    async with run_valkey(tmp_path) as socket, Redis(unix_socket_path=str(socket)) as redis:
        assert await redis.get("kept") == b"yes"


async def test_a_server_that_dies_alone_comes_back_with_all_that_was_acknowledged(tmp_path: Path) -> None:
    async with (
        run_valkey(tmp_path) as socket,
        run_valkey(tmp_path),  # two that watch it
        Redis(unix_socket_path=str(socket)) as redis,
    ):
        for number in range(2):
            await redis.set(f"kept-{number}", "yes")
            pid = await pid_of(socket)
            os.kill(pid, signal.SIGKILL)
            assert await wait_until(lambda: answering(socket), "a server that answers") != pid
        assert await redis.mget("kept-0", "kept-1") == [b"yes", b"yes"]
        pid = await pid_of(socket)
    assert not alive(pid), "the last one out shut down the one that came back"


async def test_one_who_leaves_while_it_comes_back_leaves_no_server_behind(tmp_path: Path) -> None:
    for _ in range(4):
        async with run_valkey(tmp_path) as socket:
            os.kill(await pid_of(socket), signal.SIGKILL)
            with suppress(FileNotFoundError):
                (tmp_path / "start.log").unlink()
            await wait_until((tmp_path / "start.log").exists, "a new start")
        with (tmp_path / "server.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # free: no server holds it


async def test_one_that_will_not_come_back_is_told_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with run_valkey(tmp_path) as socket:
        files = tmp_path / "appendonlydir"
        files.rename(tmp_path / "elsewhere")
        files.write_text("a file where a folder belongs")
        pid = await pid_of(socket)
        os.kill(pid, signal.SIGKILL)
        await wait_until(lambda: "valkey.not_restarted" in caplog.text, "it is told")
        assert not any(record.exc_info for record in caplog.records)
        files.unlink()
        (tmp_path / "elsewhere").rename(files)
        await wait_until(lambda: answering(socket), "a server that answers")


async def test_a_file_that_ends_in_half_a_write_is_loaded(tmp_path: Path) -> None:
    async with run_valkey(tmp_path) as socket, Redis(unix_socket_path=str(socket)) as redis:
        await redis.set("kept", "yes")
    (newest,) = (tmp_path / "appendonlydir").glob("*.incr.aof")
    with newest.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$4\r\nha")
    async with run_valkey(tmp_path) as socket, Redis(unix_socket_path=str(socket)) as redis:
        assert await redis.get("kept") == b"yes"


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("a file where a folder belongs")
    with pytest.raises(ValkeyFailed, match="appendonlydir"):
        async with run_valkey(tmp_path):
            pass


async def test_a_long_path_gets_a_socket_elsewhere_that_only_we_can_reach(tmp_path: Path) -> None:
    async with run_valkey(tmp_path / ("long" * 30)) as socket:
        assert len(os.fsencode(socket)) < 100
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        assert await pid_of(socket)


async def test_it_listens_on_no_port(valkey_socket: Path) -> None:
    async with Redis(unix_socket_path=str(valkey_socket), decode_responses=True) as redis:
        settings = await redis.config_get("port", "appendonly", "maxmemory-policy")
    assert [settings[name] for name in ("port", "appendonly", "maxmemory-policy")] == [
        "0",
        "yes",
        "noeviction",
    ]


def test_where_there_is_no_valkey_the_message_says_what_to_set() -> None:
    assert "REDIS_URL" in str(ValkeyMissing())
    assert "all of Upstash Redis, QStash and Slack" in str(ValkeyMissing())


async def test_each_test_finds_redis_empty(redis_raw: Redis) -> None:
    assert await redis_raw.dbsize() == 0
    await redis_raw.set("left", "behind")
