"""Pages in a browser, on which people add Precache to their workspace."""

from __future__ import annotations

from starlette.responses import HTMLResponse

from bot.replies.text import DESCRIPTION
from bot.replies.views.browser_page import browser_page, link_button, list_items, page_paragraph


def invitation_page(*, authorize_url: str) -> HTMLResponse:
    """Say what it is and may do, with the way to Slack."""
    return browser_page(
        "Add Precache to your workspace",
        page_paragraph(
            f"{DESCRIPTION}: type `/precache` with a prompt and a time, and the answer appears in your "
            "channel on the dot."
        ),
        page_paragraph("In Slack, Precache can:"),
        list_items(
            "answer the command `/precache`, and post in channels that it was invited to",
            "read a channel that it is in, or a file, when someone who can see it asks about it",
            "look in a channel for its own post before it posts again",
            "see people's names, time zones and user groups",
            "upload a chart of your workspace's usage",
        ),
        page_paragraph("When you remove the app, it deletes everything it has stored."),
        link_button("Continue to Slack", authorize_url),
    )


def installed_page(*, name: str, open_url: str) -> HTMLResponse:
    """Welcome a workspace called `name`, and say what to type first."""
    return browser_page(
        f"Precache is in {name}",
        page_paragraph("Type these two lines in Slack to begin:"),
        list_items(
            "`/invite @Precache` in the channel where answers should appear",
            "`/precache every weekday at 9am Three things worth knowing about our field today`",
            numbered=True,
        ),
        page_paragraph("`/precache help` shows everything else."),
        link_button("Open Slack", open_url),
    )


def denied_page(*, install_url: str) -> HTMLResponse:
    """Answer people who said no to Slack, or whose workspace did."""
    return browser_page(
        "Precache wasn't installed",
        page_paragraph(
            "The installation was cancelled. If your workspace needs an admin's approval for apps, you can "
            "request it in Slack."
        ),
        link_button("Start again", install_url),
    )


def start_again(*, install_url: str) -> HTMLResponse:
    """Answer a link that was used before, is too old, or was begun in another browser."""
    return browser_page(
        "This link no longer works",
        page_paragraph(
            "Nothing was set up. Please start again, and finish within ten minutes in the same browser."
        ),
        link_button("Start again", install_url),
        status=400,
    )


def not_possible(*, code: str, install_url: str) -> HTMLResponse:
    """Say that Slack refused, by its error code."""
    return browser_page(
        "Slack didn't allow the installation",
        page_paragraph(
            "Nothing was set up. Please tell the person who runs Precache; the reason is in its log."
        ),
        page_paragraph(f"Slack's error code: {code}", quiet=True),
        link_button("Start again", install_url),
        status=502,
    )


def slack_silent(*, install_url: str) -> HTMLResponse:
    """Say that Slack did not answer."""
    return browser_page(
        "Slack isn't responding",
        page_paragraph("Nothing was set up. Please try again in a minute."),
        link_button("Try again", install_url),
        status=502,
    )


def database_down(*, install_url: str) -> HTMLResponse:
    """Say that the database did not answer."""
    return browser_page(
        "Precache can't reach its database",
        page_paragraph("Nothing was set up. Please try again in a minute."),
        link_button("Try again", install_url),
        status=503,
    )
