"""The words of times, and what they mean.

`phrase` knows the forms, `recurrence` and `rule` those that recur, `limits` their ends and holidays;
`vocabulary`, `clocks` and `days` are the words they share, `certainty` says where in a command words count,
and `nearly` what only begins like a time.
`resolve` settles what a phrase means at a moment, the only one that is told the time; `wording` says it back.
"""
