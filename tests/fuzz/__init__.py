"""Fuzzing: bytes from outside for every parser, and requests for every route.

`python -m tests.fuzz` runs each target in a process of its own, `python -m tests.fuzz NAME FILE` plays a find
again, and `python -m tests.fuzz.routes` sends requests. The test suite runs all of it with little.
"""
