"""A PDF's pages as people see them: lines, columns and cells, told from where each piece of text stands."""

from bot.documents.layout.pages import page_texts

__all__ = ["page_texts"]
