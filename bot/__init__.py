"""Talks to people: Slack in, answers out."""

VERSION = "0.1.0"
