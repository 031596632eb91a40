"""The Lua that changes subscriptions: each script is one indivisible step of `store.py`."""

from __future__ import annotations

from scheduler import Key, Script


class AddSubscription(Script):
    """Write a subscription, in the place of one that the person has to the same schedule.

    Answers 'ok', 'full' if the schedule has as many as it may have, or 'many' if the person has.
    """

    subscribers: Key
    subscribed: Key
    copied: Key
    everything: Key
    user: str
    schedule: str
    member: str
    record: str
    now: int
    most_of_schedule: int
    most_of_person: int
    LUA = """
if redis.call('HEXISTS', subscribers, user) == 0 then
  if redis.call('HLEN', subscribers) >= most_of_schedule then return 'full' end
  if redis.call('SCARD', subscribed) >= most_of_person then return 'many' end
  redis.call('HSET', copied, user, string.format('%.0f', now))
end
redis.call('HSET', subscribers, user, record)
redis.call('SADD', subscribed, schedule)
redis.call('SADD', everything, member)
return 'ok'
"""


class ChangeSubscription(Script):
    """Replace a record that is still as it was read. Answers 1, or 0 if it is not."""

    subscribers: Key
    user: str
    before: str
    after: str
    LUA = """
if redis.call('HGET', subscribers, user) ~= before then return 0 end
redis.call('HSET', subscribers, user, after)
return 1
"""


class RemoveSubscription(Script):
    """End a subscription. Answers its record, or '' if there was none; what is kept for the last one goes."""

    subscribers: Key
    subscribed: Key
    copied: Key
    everything: Key
    newest_post: Key
    week_posts: Key
    user: str
    schedule: str
    member: str
    LUA = """
local record = redis.call('HGET', subscribers, user)
redis.call('HDEL', subscribers, user)
redis.call('HDEL', copied, user)
redis.call('SREM', subscribed, schedule)
redis.call('SREM', everything, member)
if redis.call('EXISTS', subscribers) == 0 then redis.call('DEL', newest_post, week_posts) end
return record or ''
"""
