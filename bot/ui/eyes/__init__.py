"""Consents: the answers to the question who may see what."""
