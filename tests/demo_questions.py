"""Questions for the demo model, each with the answer that counts as right: `make demo-eval`.

They were written, with what counts as right, before any model was asked. A person judges: the answers are
printed beside it. The page of the sandbox suggests questions from here alone. `docs/demo-model.md` has the
results.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from bot.model import DemoModel, ModelRequest, demo_model, running_model


@dataclass(frozen=True)
class TrialQuestion:
    """A question, its kind, and what counts as right."""

    kind: str
    query: str
    right: str


QUESTIONS = (
    TrialQuestion(
        "explain",
        "What is a cache?",
        "keeps copies of data so that they are got faster next time; nothing false",
    ),
    TrialQuestion(
        "explain",
        "Explain in one sentence what an API is.",
        "one sentence; a way for programs to talk to each other; nothing false",
    ),
    TrialQuestion(
        "explain",
        "Explain photosynthesis in one sentence.",
        "one sentence; plants make sugar (food, energy) from light, water, carbon dioxide; nothing false",
    ),
    TrialQuestion("fact", "What is the capital of France?", "Paris; nothing false beside it"),
    TrialQuestion("fact", "Tell me a fun fact about the sea.", "a true fact about the sea"),
    TrialQuestion(
        "summarise",
        "Summarise these notes in two sentences: The launch moves from Monday to Thursday. Ana fixes the login bug by Wednesday. Ben tells the customers.",
        "launch to Thursday, Ana and the bug, Ben and the customers; at most two sentences; nothing invented",
    ),
    TrialQuestion(
        "summarise",
        "Sum this up in one sentence: The printer on the second floor is broken. A technician comes on Friday. Until then, please use the printer on the first floor.",
        "one sentence; broken, Friday, use first floor; nothing invented",
    ),
    TrialQuestion(
        "list",
        "List who does what: Ana writes the report. Ben books the room. Cleo calls the client.",
        "three items with the right pairs, no more",
    ),
    TrialQuestion("list", "List the days of the week.", "seven, right, in order"),
    TrialQuestion("ideas", "Give me three ideas for a team lunch.", "exactly three different, usable ideas"),
    TrialQuestion(
        "write",
        "Write a haiku about autumn.",
        "three lines about autumn that make sense, each of 3-9 syllables",
    ),
    TrialQuestion("write", "Write a one-line reminder to stretch.", "one line that tells people to stretch"),
    TrialQuestion(
        "rewrite",
        "Rewrite politely: Send me the report now.",
        "a polite request for the report, which one could send as it is",
    ),
    TrialQuestion(
        "rewrite",
        "Make this shorter: Due to the fact that it is raining, we have made the decision to cancel the picnic.",
        "shorter; rain, picnic cancelled; nothing invented",
    ),
    TrialQuestion(
        "correct", "Correct the spelling: Teh meeting is tomorow at nine.", "The meeting is tomorrow at nine"
    ),
    TrialQuestion(
        "classify", "Is this message happy or angry? I have waited two weeks and nobody answers!", "angry"
    ),
    TrialQuestion(
        "classify", "Is this a bug report or a question? The page is blank after I press Save.", "bug report"
    ),
    TrialQuestion(
        "extract",
        "Which date is in this text? The fair opens on 12 May in Leeds and costs nothing.",
        "12 May, and no other",
    ),
    TrialQuestion(
        "extract",
        "List the names of the people in this text: Yesterday Mia met Omar in Paris, and Lena came later.",
        "Mia, Omar, Lena, nobody else, not Paris",
    ),
    TrialQuestion(
        "translate",
        "Translate into French: Good morning, how are you?",
        "Bonjour, comment allez-vous (or ça va, vas-tu)",
    ),
)
"""The models were compared on these, and the instructions and sampling chosen."""

SIBLINGS = (
    TrialQuestion(
        "explain", "What is a backup?", "a copy of data kept so that it can be restored; nothing false"
    ),
    TrialQuestion(
        "explain",
        "Explain in one sentence what a deadline is.",
        "one sentence; time by which something must be done",
    ),
    TrialQuestion(
        "explain",
        "Explain gravity in one sentence.",
        "one sentence; pulls masses towards each other; nothing false",
    ),
    TrialQuestion("fact", "What is the capital of Japan?", "Tokyo"),
    TrialQuestion("fact", "Tell me a fun fact about bees.", "a true fact about bees"),
    TrialQuestion(
        "summarise",
        "Summarise these notes in two sentences: The budget was approved on Tuesday. Lee orders the laptops. Kim trains the new team in June.",
        "budget approved, Lee laptops, Kim trains in June; nothing invented",
    ),
    TrialQuestion(
        "summarise",
        "Sum this up in one sentence: The lift is out of order. It will be repaired on Monday. Please take the stairs until then.",
        "lift, Monday, stairs; nothing invented",
    ),
    TrialQuestion(
        "list",
        "List who does what: Sam cleans the kitchen. Eva waters the plants. Tom feeds the cat.",
        "three right pairs, no more",
    ),
    TrialQuestion("list", "List the four seasons.", "four, right"),
    TrialQuestion(
        "ideas", "Give me three ideas for a birthday card.", "exactly three different, usable ideas"
    ),
    TrialQuestion("write", "Write a haiku about coffee.", "three lines about coffee that make sense"),
    TrialQuestion(
        "write", "Write a one-line reminder to drink water.", "one line that tells people to drink water"
    ),
    TrialQuestion("rewrite", "Rewrite politely: Stop talking and listen.", "a polite request to listen"),
    TrialQuestion(
        "rewrite",
        "Make this shorter: In the event that you are not able to come, please let us know in advance of Friday.",
        "shorter; if you cannot come, tell us before Friday",
    ),
    TrialQuestion(
        "correct", "Correct the spelling: Plese recieve our aplogies.", "Please receive our apologies"
    ),
    TrialQuestion(
        "classify",
        "Is this message happy or angry? Thank you so much, the new version is wonderful!",
        "happy",
    ),
    TrialQuestion("classify", "Is this a bug report or a question? How do I change my password?", "question"),
    TrialQuestion(
        "extract",
        "Which price is in this text? The blue bag costs 25 dollars and is sold in Rome.",
        "25 dollars, no other",
    ),
    TrialQuestion(
        "extract",
        "List the cities in this text: The train goes from Berlin to Prague, and Anna gets off in Dresden.",
        "Berlin, Prague, Dresden, not Anna",
    ),
    TrialQuestion("translate", "Translate into French: Thank you very much.", "Merci beaucoup"),
)
"""Of the same kinds; asked when the choice had been made."""


async def ask_questions(opening: AbstractAsyncContextManager[DemoModel]) -> None:
    """Print the answers to all questions, and how long they took."""
    times: list[float] = []
    async with opening as model:
        await model.get_ready()
        for number, question in enumerate((*QUESTIONS, *SIBLINGS), start=1):
            began = time.perf_counter()
            reply = await model.reply_to(ModelRequest(query=question.query))
            times.append(time.perf_counter() - began)
            print(f"\n{number}. {question.kind}: {question.query}\n   right: {question.right}")
            print(f"   {times[-1]:.1f} s: {reply.text}")
    print(f"\nSeconds for an answer: {statistics.median(times):.1f} (median), {max(times):.1f} (most)")


def main() -> None:
    """Ask the demo model, or the model in the GGUF file that is named."""
    with tempfile.TemporaryDirectory() as folder:
        opening = running_model(Path(sys.argv[1])) if sys.argv[1:] else demo_model(Path(folder))
        asyncio.run(ask_questions(opening))


if __name__ == "__main__":
    main()
