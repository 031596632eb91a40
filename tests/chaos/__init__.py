"""A seeded chaos with a judge: what the product promises, through faults on every wire and copies that die.

It is a black box: two copies of the app run as processes of their own, and all that they talk to stands
here. `faults` decides what happens to which request; `proxy` and `redis_proxy` let it happen; `copies` starts
what was killed again, and freezes others, which `carrier` has go on later; that is QStash and `workspace` is
Slack, both on the `clock` that leaps over the minutes in which nothing is under way; `storm` puts them
together and `rage` asks of them what `workload` has. `evidence` gathers the `case`, which is what is left in
Slack, Redis and QStash, and `judge` judges it.
"""
