"""Endurance: one copy of the app under a mixed load, measured in rounds, and a judge of what grows.

The app is a real process that is served as ever; `one_copy` adds a pipe on which it answers what it holds, as
`measure` counts it. `load` is the same work in each round, with new words each time. `judge` compares the
rounds once the app is warm: what is kept for good must not become more.
"""
