"""The words of times. Read from the top: `phrase` knows the forms, `recurrence` the ones that recur,
`vocabulary` their clocks, days and dates, `certainty` when words are meant; `wording` goes the other way.

Nothing here asks a clock: what the words mean at a moment is decided in `scheduler.when`.
"""
