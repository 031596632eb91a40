"""Answers that are never to be shown again, as Redis holds them.

Every script that hands out an answer asks the team's set, which costs no request; what processes hold is
handed out without any script, so they read a list of what was withdrawn lately (`withdrawn_watch.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

from bot.storage import ms_of, whole_seconds, withdrawals_key, withdrawn_key
from scheduler import Key, Script

KEPT_WITHDRAWN: Final = timedelta(days=60)
"""Longer than anything holds an answer that was made before: seven days, and each form of it anew."""
LIST_TTL: Final = timedelta(hours=1)
MOST_LISTED: Final = 100

IS_WITHDRAWN: Final = """
-- Its own name, or, of an older one, when it was made. Within the text, quotes are escaped.
local function is_withdrawn(body)
  if redis.call('EXISTS', withdrawn) == 0 then return false end
  local name = string.match(body, '"id":"(%x+)"') or string.match(body, '"made":(%d+)')
  return name and redis.call('ZSCORE', withdrawn, name)
end
"""
"""For scripts that name the key `withdrawn`; a record of an answer, or one that names it as it does."""

WITHDRAW: Final = f"""
-- From now on no script hands it out, and no process for long. True the first time.
local function withdraw()
  local is_new = redis.call('ZADD', withdrawn, 'NX', now, name) == 1
  redis.call('ZREMRANGEBYSCORE', withdrawn, '-inf', oldest)
  redis.call('EXPIRE', withdrawn, withdrawn_ttl)
  redis.call('LREM', withdrawals, 0, listed)
  redis.call('LPUSH', withdrawals, listed)
  redis.call('LTRIM', withdrawals, 0, {MOST_LISTED - 1})
  redis.call('EXPIRE', withdrawals, list_ttl)
  return is_new
end
"""


class WithdrawScript(Script):
    """The names that `WITHDRAW` needs."""

    withdrawn: Key
    withdrawals: Key
    name: str
    listed: str
    now: int
    oldest: int
    withdrawn_ttl: int
    list_ttl: int


def withdraw_arguments(team: str, name: str, *, now: datetime) -> dict[str, Any]:
    """The arguments of such a script; `team` is that of the question, and may be empty."""
    key = withdrawn_key(team)
    return {
        "withdrawn": key,
        "withdrawals": withdrawals_key(),
        "name": name,
        "listed": f"{key.rpartition(':')[2]} {name}",
        "now": ms_of(now),
        "oldest": ms_of(now - KEPT_WITHDRAWN),
        "withdrawn_ttl": whole_seconds(KEPT_WITHDRAWN),
        "list_ttl": whole_seconds(LIST_TTL),
    }


def withdrawn_key_of(question: str) -> str:
    """The key of what the team of a question has withdrawn; the question's key begins with it."""
    return withdrawn_key(unquote(question.partition(":")[0]))
