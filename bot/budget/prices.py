"""The prices of models, as the operator has written them down: providers do not send them with answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from bot.budget.amount import read_dollars, write_dollars
from bot.model import Call, Tokens

EXAMPLE: Final = "openai:gpt-5.4-mini=0.25/2"

_MILLION: Final = 1_000_000
_DEMO: Final = "demo:"  # it runs on this machine
_FRAME: Final = 32  # tokens that a provider puts around what it is sent


@dataclass(frozen=True, kw_only=True)
class Price:
    """Of a million tokens, in billionths of a dollar; or of a minute of sound, for a transcriber."""

    sent: int
    received: int
    minute: int | None = None

    def cost_of(self, tokens: Tokens) -> int | None:
        """In billionths of a dollar, a part of one counting as a whole; None for what it does not price."""
        if (self.minute is not None) != bool(tokens.seconds):
            return None
        if self.minute is not None:
            return -(-tokens.seconds * self.minute // 60)
        return -(-(tokens.sent * self.sent + tokens.received * self.received) // _MILLION)

    def __str__(self) -> str:
        """The form that `Prices.parse` reads."""
        if self.minute is not None:
            return f"{write_dollars(self.minute)}/min"
        return f"{write_dollars(self.sent)}/{write_dollars(self.received)}"


_FREE: Final = Price(sent=0, received=0, minute=0)


@dataclass(frozen=True)
class Prices:
    """The price of each model, by its name: `provider:name`."""

    table: Mapping[str, Price] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """`openai:gpt-5.4-mini=0.25/2, …`: dollars per million tokens sent and received.

        `openai:whisper-1=0.006/min`: dollars per minute of sound.
        """
        table: dict[str, Price] = {}
        for part in filter(None, map(str.strip, text.split(","))):
            model, equals, price = part.rpartition("=")
            provider, _, name = (model := model.strip()).partition(":")
            sent, slash, received = price.partition("/")
            if not (equals and slash and provider and name and model.isprintable() and " " not in model):
                raise ValueError(f"expected a model and its price, such as {EXAMPLE}")
            if model in table:
                raise ValueError("expected one price for each model")
            table[model] = _read_price(sent.strip(), received.strip())
        return cls(table)

    def __str__(self) -> str:
        """The form that `parse` reads."""
        return ", ".join(f"{model}={price}" for model, price in self.table.items())

    def price_of(self, model: str) -> Price | None:
        return _FREE if model.startswith(_DEMO) else self.table.get(model)

    def cost_of(self, model: str, tokens: Tokens) -> int | None:
        """The cost of a call, in billionths of a dollar; None where the model has no price."""
        if model.startswith(_DEMO):
            return 0
        price = self.table.get(model)
        return None if price is None else price.cost_of(tokens)

    def most_cost(self, call: Call) -> int | None:
        """The most that a call may cost, in billionths of a dollar; None where its model has no price."""
        most = Tokens(sent=call.most_sent + _FRAME, received=call.most_tokens, seconds=call.seconds)
        return self.cost_of(call.model, most)


def _read_price(sent: str, received: str) -> Price:
    if received == "min":
        return Price(sent=0, received=0, minute=read_dollars(sent))
    return Price(sent=read_dollars(sent), received=read_dollars(received))
