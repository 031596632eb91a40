"""What is looked after beside the road: slots that came to nothing, and schedules that QStash sees otherwise.

When these chores are due, and that one copy at a time does them, is `scheduler.Housekeeping`'s.
"""
