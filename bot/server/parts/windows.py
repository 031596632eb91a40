"""The parts of the composer that both roads need: what people do in it, and what previews show in it."""

from __future__ import annotations

from functools import partial

from bot.server.parts.ground import Ground
from bot.settings import Embedded
from bot.sources import links_in
from bot.ui.composer import Offer, OpenModals


def build_offer(ground: Ground) -> Offer:
    """Collect the choices of the composer."""
    settings = ground.settings
    sandboxed = settings.public_url if isinstance(settings.slack, Embedded) else None
    return Offer(
        links_in=partial(links_in, sandbox=sandboxed),
        models=ground.services.models.choices,
        freshness=settings.freshness,
    )


def build_modals(ground: Ground) -> OpenModals:
    return OpenModals(
        workspaces=ground.workspaces,
        forms=ground.forms,
        closures=ground.settings.closures,
        offer=build_offer(ground),
        now=ground.now,
    )
