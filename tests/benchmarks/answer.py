"""The answer of every model in a benchmark: the length and the Markdown of an ordinary one."""

from __future__ import annotations

from typing import Final

ANSWER: Final = """\
Three changes matter to most teams:

1. **Faster start**: modules load lazily, so a command that needs `json` alone no longer pays for the rest. \
In our own measurements a cold start went from 420 ms to 180 ms.
2. **Clearer errors**: a failed import now names the file it found instead, and suggests the spelling that \
exists. See [the notes](https://docs.example/whatsnew#errors) for the full list.
3. **Typing**: defaults for type parameters, and *read-only* fields in `TypedDict`.

What may break:

- `asyncio.get_event_loop()` raises where no loop runs; call `asyncio.run()` instead.
- The old locale aliases are gone. Search for them before you upgrade:

```
grep -rn "locale.getdefaultlocale" src/
```

> Deprecated modules were removed as announced two years ago.

If you run one service only, upgrade that one first, watch its memory for a day, and then take the others \
along. The interpreter itself needs about 4 % less memory; extension modules that were built for the version \
before have to be built again.
"""
