"""The scripts of the schedule store: each changes a record, and all that points to it, in one step."""

from __future__ import annotations

from bot.answers import FORGET_POSTED
from bot.schedules.history.run import FORGET_REASONS
from scheduler import Key, Script


class AddSchedule(Script):
    """Write a new record as pending. Answers 'ok', 'id_taken' or 'name_taken', or 'made' if `wish` made it.

    It lives for `ttl` seconds, or until it is deleted; `slot` is its place among what is watched.
    """

    record: Key
    ids: Key
    index: Key
    name_key: Key
    watched: Key
    doc: str
    entry: str
    id: str
    ttl: int | None
    has_name: bool
    keep: int | None
    preview: str
    wish: str
    ticket: str
    member: str
    slot: str
    LUA = """
if redis.call('EXISTS', record) == 1 then
  return wish ~= '' and redis.call('HGET', record, 'wish') == wish and 'made' or 'id_taken'
end
if has_name and redis.call('EXISTS', name_key) == 1 then return 'name_taken' end
redis.call('HSET', record, 'doc', doc, 'state', 'pending', 'revision', 1, 'ticket', ticket)
if keep then redis.call('HSET', record, 'keep', keep, 'preview', preview) end
if wish ~= '' then redis.call('HSET', record, 'wish', wish) end
redis.call('SADD', ids, id)
redis.call('HSET', index, id, entry)
redis.call('ZADD', watched, slot, member)
if has_name then redis.call('SET', name_key, id) end
if ttl then
  redis.call('EXPIRE', record, ttl)
  if has_name then redis.call('EXPIRE', name_key, ttl) end
end
return 'ok'
"""


class ChangeSchedule(Script):
    """Replace a record that still has this `revision`. Answers 'ok', 'gone', 'changed' or 'name_taken'.

    It lives until the second `ends`, or until it is deleted. `slot` is its new place among what is watched,
    "out", or None for the old one. With other readers, its owner is looked for again before it runs. What was
    previewed is good for the first run that it was meant for, and for no other. A warm-up that is on its way
    was made for the record as it was. Where it no longer reads a channel or a file, what is kept of answers
    that were made of that goes, and so do the judge's words about them and people's votes with their reasons:
    who may see it now may never have been able to read that.
    """

    record: Key
    index: Key
    old_name_key: Key
    new_name_key: Key
    watched: Key
    revision: str
    doc: str
    entry: str
    state: str
    had_name: bool
    has_name: bool
    id: str
    ends: int | None
    ticket: str
    member: str
    slot: str | None
    same_readers: bool
    same_first_run: bool
    history: Key
    votes: Key
    has_left_source: bool
    LUA = (
        FORGET_REASONS
        + FORGET_POSTED
        + """
local seen = redis.call('HMGET', record, 'state', 'revision')
if not seen[1] or seen[1] == 'deleted' then return 'gone' end
if seen[2] ~= revision then return 'changed' end
local holder = has_name and redis.call('GET', new_name_key)
if holder and holder ~= id then return 'name_taken' end
if had_name and old_name_key ~= new_name_key and redis.call('GET', old_name_key) == id then
  redis.call('DEL', old_name_key)
end
if has_name then redis.call('SET', new_name_key, id) end
redis.call('HSET', record, 'doc', doc, 'state', state, 'ticket', ticket)
redis.call('HINCRBY', record, 'revision', 1)
redis.call('HDEL', record, 'warmed')
redis.call('HSET', index, id, entry)
if not same_readers then redis.call('HDEL', record, 'checked', 'out', 'closed', 'shown', 'question') end
if not same_first_run then redis.call('HDEL', record, 'keep', 'preview') end
if has_left_source then
  forget_reasons(history)
  forget_posted(record)
  redis.call('DEL', votes)
end
if slot then
  redis.call('HDEL', record, 'asked_again')
  if slot == 'out' then redis.call('ZREM', watched, member) else redis.call('ZADD', watched, slot, member) end
end
for _, key in ipairs(has_name and {record, new_name_key} or {record}) do
  if ends then redis.call('EXPIREAT', key, ends) else redis.call('PERSIST', key) end
end
return 'ok'
"""
    )


class DeleteSchedule(Script):
    """Delete a record with its name; a tombstone stays. It and its history can be had back for `undo_ttl`."""

    record: Key
    ids: Key
    index: Key
    name_key: Key
    history: Key
    watched: Key
    deleted: Key
    deleted_history: Key
    id: str
    undo_ttl: int
    tombstone_ttl: int
    had_name: bool
    member: str
    LUA = """
local state = redis.call('HGET', record, 'state')
if state and state ~= 'deleted' then
  redis.call('RENAME', record, deleted)
  redis.call('EXPIRE', deleted, undo_ttl)
  if redis.call('EXISTS', history) == 1 then
    redis.call('RENAME', history, deleted_history)
    redis.call('EXPIRE', deleted_history, undo_ttl)
  end
end
redis.call('HSET', record, 'state', 'deleted')
local wish = redis.call('HGET', deleted, 'wish')
if wish then redis.call('HSET', record, 'wish', wish) end
redis.call('EXPIRE', record, tombstone_ttl)
redis.call('SREM', ids, id)
redis.call('HDEL', index, id)
redis.call('ZREM', watched, member)
if had_name and redis.call('GET', name_key) == id then redis.call('DEL', name_key) end
return 'ok'
"""


class RestoreSchedule(Script):
    """Put back what `DeleteSchedule` has taken away. Answers 'ok', 'gone' or 'name_taken'.

    It gets another revision, as QStash must take its message for a new one. What was previewed for its first
    run is good for no later one. `doc` is None unless it has lost its handle. `slot` as in `ChangeSchedule`.
    """

    record: Key
    ids: Key
    index: Key
    name_key: Key
    history: Key
    watched: Key
    deleted: Key
    deleted_history: Key
    id: str
    doc: str | None
    entry: str
    has_name: bool
    ends: int | None
    history_ttl: int
    member: str
    slot: str
    first_run_over: bool
    LUA = """
if redis.call('EXISTS', deleted) == 0 then return 'gone' end
if has_name and redis.call('EXISTS', name_key) == 1 then return 'name_taken' end
redis.call('RENAME', deleted, record)
if doc then redis.call('HSET', record, 'doc', doc) end
redis.call('HINCRBY', record, 'revision', 1)
if first_run_over then redis.call('HDEL', record, 'keep', 'preview') end
redis.call('SADD', ids, id)
redis.call('HSET', index, id, entry)
if slot ~= 'out' then redis.call('ZADD', watched, slot, member) end
if has_name then redis.call('SET', name_key, id) end
for _, key in ipairs(has_name and {record, name_key} or {record}) do
  if ends then redis.call('EXPIREAT', key, ends) else redis.call('PERSIST', key) end
end
if redis.call('EXISTS', deleted_history) == 1 then
  redis.call('RENAME', deleted_history, history)
  redis.call('EXPIRE', history, history_ttl)
end
return 'ok'
"""


class RecordOwnerSeen(Script):
    """The owner was seen in its channels, but for those `out`; nothing, if it has changed or is gone."""

    record: Key
    now: int
    out: str
    revision: str
    LUA = """
if redis.call('HGET', record, 'revision') ~= revision then return 0 end
redis.call('HSET', record, 'checked', now)
if out == '' then redis.call('HDEL', record, 'out') else redis.call('HSET', record, 'out', out) end
return 1
"""


class RecordWarmUp(Script):
    """The warm-up of `slot` is published; a record that has changed, or is gone, stays as it is."""

    record: Key
    slot: int
    revision: str
    LUA = """
if redis.call('HGET', record, 'revision') ~= revision then return 0 end
redis.call('HSET', record, 'warmed', slot)
return 1
"""
