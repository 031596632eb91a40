"""PDFs → text: pages as people see them, the values of forms, notes."""

from bot.documents.pdf.pages import read_pdf

__all__ = ["read_pdf"]
