"""Named keys and arguments, evaluated by a real Valkey."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from redis.asyncio import Redis

from scheduler import Key, Script

ROOT = Path(__file__).parents[2]


class Tell(Script):
    """Every kind of name, told back as Lua sees it."""

    first: Key
    second: Key
    text: str
    raw: bytes
    whole: int
    exact: float
    told: bool
    perhaps: str | None
    limit: int | None
    lines: tuple[str, ...]
    moments: tuple[int, ...]
    LUA = """
local function kind(value) return type(value) .. ':' .. tostring(value) end
local sum = 0
for _, moment in ipairs(moments) do sum = sum + moment end
return {first, second, kind(text), raw, kind(whole), kind(exact), kind(told), kind(perhaps), kind(limit),
  table.concat(lines, '|'), #moments, sum}
"""


class Pair(Script):
    """Two lists side by side, one with gaps."""

    names: tuple[str, ...]
    limits: tuple[int | None, ...]
    LUA = """
local told = {}
for place, name in ipairs(names) do told[place] = name .. ':' .. tostring(limits[place]) end
return told
"""


class Owned(Script):
    """A name that several scripts share."""

    lock: Key
    token: str


class Release(Owned):
    LUA = "if redis.call('GET', lock) == token then return redis.call('DEL', lock) end return 0"


class Extend(Owned):
    ms: int
    LUA = "if redis.call('GET', lock) == token then return redis.call('PEXPIRE', lock, ms) end return 0"


async def evaluate(redis: Redis, call: Script) -> Any:
    keys, args = call.keys_and_args()
    return await redis.register_script(call.TEXT)(keys=keys, args=args)


async def test_each_name_has_its_value_and_type_in_lua(redis_raw: Redis) -> None:
    call = Tell(
        moments=(1, 2, 39),
        lines=("", "a", "ARGV[1]"),
        first="k:1",
        second="k:2",
        text="12",
        raw=b"\xff\x00",
        whole=1_732_788_000_123,
        exact=-0.5,
        told=True,
        perhaps="so",
        limit=7,
    )
    assert await evaluate(redis_raw, call) == [
        *(b"k:1", b"k:2", b"string:12", b"\xff\x00", b"number:1732788000123", b"number:-0.5"),
        *(b"boolean:true", b"string:so", b"number:7", b"|a|ARGV[1]", 3, 42),
    ]


async def test_none_is_nil_and_a_list_may_be_empty(redis_raw: Redis) -> None:
    call = Tell(
        first="",
        second="",
        text="",
        raw=b"",
        whole=0,
        exact=0,
        told=False,
        perhaps=None,
        limit=None,
        lines=(),
        moments=(1,),
    )
    assert await evaluate(redis_raw, call) == [
        *(b"", b"", b"string:", b"", b"number:0", b"number:0"),
        *(b"boolean:false", b"nil:nil", b"nil:nil", b"", 1, 1),
    ]


async def test_none_in_a_list_leaves_the_rest_in_its_place(redis_raw: Redis) -> None:
    call = Pair(names=("a", "b", "c"), limits=(None, 2, None))
    assert await evaluate(redis_raw, call) == [b"a:nil", b"b:2", b"c:nil"]


async def test_a_list_may_be_longer_than_the_stack_of_lua(redis_raw: Redis) -> None:
    call = Tell(
        first="",
        second="",
        text="",
        raw=b"",
        whole=0,
        exact=0,
        told=False,
        perhaps=None,
        limit=None,
        lines=(),
        moments=tuple(range(20_000)),
    )
    assert (await evaluate(redis_raw, call))[-2:] == [20_000, sum(range(20_000))]


async def test_scripts_may_share_names(redis_raw: Redis) -> None:
    await redis_raw.set("l", "mine")
    assert await evaluate(redis_raw, Extend(lock="l", token="theirs", ms=1000)) == 0
    assert await evaluate(redis_raw, Extend(lock="l", token="mine", ms=1000)) == 1
    assert await evaluate(redis_raw, Release(lock="l", token="mine")) == 1


def test_a_name_that_the_script_does_not_use_is_refused() -> None:
    class Forgetful(Script):
        used: str
        unused: str
        LUA = "return used"

    with pytest.raises(TypeError, match=r"Forgetful.*unused"):
        Forgetful(used="a", unused="b")


@pytest.mark.parametrize("counted", ["return ARGV[1]", "return KEYS[1]", "return #ARGV"])
def test_a_script_that_counts_is_refused(counted: str) -> None:
    with pytest.raises(TypeError, match="names in place of"):
        type("Counting", (Script,), {"LUA": counted})()


def test_a_type_that_redis_cannot_carry_is_refused() -> None:
    class Nested(Script):
        found: dict[str, str]
        LUA = "return found"

    with pytest.raises(KeyError, match="dict"):
        Nested(found={})


def test_every_script_of_precache_can_be_read() -> None:
    for path in (*ROOT.glob("bot/**/*.py"), *ROOT.glob("scheduler/**/*.py")):
        if "LUA = " in path.read_text():
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    scripts = [
        script for script in _scripts_below(Script) if script.__module__.startswith(("bot.", "scheduler."))
    ]
    assert len(scripts) > 30
    for script in scripts:
        if hasattr(script, "LUA"):  # else several share its names
            names = [name for name in get_type_hints(script) if name.islower()]
            assert script(**dict.fromkeys(names)).TEXT.endswith(script.LUA)


def _scripts_below(base: type[Script]) -> Iterator[type[Script]]:
    for script in base.__subclasses__():
        yield script
        yield from _scripts_below(script)


def test_a_caller_that_does_not_fit_fails_at_once() -> None:
    """An ignore that is not needed is an error of its own, so the type checker sees each of these too."""
    with pytest.raises(TypeError, match="tokn"):
        Release(lock="l", tokn="t")  # type: ignore[call-arg] # meant
    with pytest.raises(TypeError, match="token"):
        Release(lock="l")  # type: ignore[call-arg] # meant
    with pytest.raises(TypeError, match="positional"):
        Release("l", "t")  # type: ignore[call-arg] # meant
    Release(lock="l", token=7)  # type: ignore[arg-type] # meant
