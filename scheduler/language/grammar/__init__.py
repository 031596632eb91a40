"""The grammar of times: from the words at a place in a text to what they mean, before any clock is asked.

`phrase` knows the forms, and `meaning` what they come to. `crons` reads expressions, `recurrence` the first
words of a `rule` that recurs, `clauses` those that follow, `limits` its first day, end and holidays. They all
share `vocabulary`, `clocks`, `days` and `zone_words`, which asks `places`. `certainty` says where in a text
the words count.
"""
