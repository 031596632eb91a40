"""Values and notes on a PDF are read, and pages that are pictures are counted."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pypdf
import pytest
import pytest_asyncio
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from bot.documents import Document, Documents, Unparsed, open_documents
from bot.sources.document import document_piece

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def documents() -> AsyncIterator[Documents]:
    async with open_documents(processes=1) as opened:
        yield opened


def named(**values: PdfObject | str | int) -> DictionaryObject:
    """A dictionary; texts that begin with a slash are names."""
    found = DictionaryObject()
    for name, value in values.items():
        if isinstance(value, str):
            value = NameObject(value) if value.startswith("/") else TextStringObject(value)
        elif isinstance(value, int):
            value = NumberObject(value)
        found[NameObject(f"/{name}")] = value
    return found


def field(name: str, value: str, **more: str | int) -> DictionaryObject:
    return named(**{"Subtype": "/Widget", "FT": "/Tx", "T": name, "V": value, **more})


def form(*pages: tuple[str, bool, list[DictionaryObject]]) -> bytes:
    """Pages, each with a line of text, a picture or none, and its annotations."""
    writer = pypdf.PdfWriter()
    font = named(Type="/Font", Subtype="/Type1", BaseFont="/Helvetica")
    for text, picture, notes in pages:
        page = writer.add_blank_page(width=600, height=800)
        resources = named(Font=named(F1=font))
        if picture:
            image = StreamObject()
            image.set_data(b"\0")
            image.update(named(Type="/XObject", Subtype="/Image", Width=1, Height=1, BitsPerComponent=8))
            image[NameObject("/ColorSpace")] = NameObject("/DeviceGray")
            resources[NameObject("/XObject")] = named(Im1=writer._add_object(image))  # noqa: SLF001 — no other way in
        page[NameObject("/Resources")] = resources
        stream = StreamObject()
        stream.set_data(b"BT /F1 8 Tf 50 700 Td (%s) Tj ET" % text.encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(stream)  # noqa: SLF001
        if notes:
            page[NameObject("/Annots")] = ArrayObject([writer._add_object(note) for note in notes])  # noqa: SLF001
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


async def read(documents: Documents, content: bytes) -> Document:
    found = await documents.read_document(content)
    assert isinstance(found, Document), found
    return found


async def test_what_was_filled_in_and_noted_stands_after_its_page(documents: Documents) -> None:
    content = form(
        ("A form.", False, [field("Name", "Ada"), named(Subtype="/FreeText", Contents="A free note")]),
        ("The end.", False, [field("Agreed", "/Yes", FT="/Btn", AS="/Yes"), field("No", "/Off", FT="/Btn")]),
    )
    assert (
        await read(documents, content)
    ).text == "A form.\n\nName: Ada\nA free note\n\nThe end.\n\n[x] Agreed"


async def test_fields_that_stand_on_no_page_are_read_at_the_end(documents: Documents) -> None:
    shown = field("Name", "Ada")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(form(("A form.", False, [shown]))))
    values = (shown, field("Berth", "North"), field("Key", "x", Ff=1 << 13))
    fields = ArrayObject(writer._add_object(value) for value in values)  # noqa: SLF001
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): fields})
    written = io.BytesIO()
    writer.write(written)
    assert (await read(documents, written.getvalue())).text == "A form.\n\nName: Ada\n\nBerth: North"


async def test_what_is_hidden_or_a_password_or_damaged_is_left_out(documents: Documents) -> None:
    notes = [
        field("Secret", "hidden", F=2),
        field("Password", "swordfish", Ff=1 << 13),
        named(Subtype="/Widget", FT="/Tx", T="Empty"),
        named(Subtype="/FreeText", Contents="odd", F="/Name"),
        named(Subtype="/Link"),
    ]
    assert (await read(documents, form(("A form.", False, notes)))).text == "A form."


async def test_pages_that_are_pictures_are_counted_and_said(documents: Documents) -> None:
    found = await read(documents, form(("Cover of the report.", False, []), *[("", True, [])] * 9))
    assert (found.text, found.unread_pages) == ("Cover of the report.", 9)
    assert "9 pages are pictures without text" in document_piece(found, name="x").left_out


@pytest.mark.parametrize("label", ["", "{}", "- {} -", "Page {} of 5", "Seite {}"])
async def test_scans_with_numbers_alone_have_no_text(documents: Documents, label: str) -> None:
    content = form(*((label.format(number), True, []) for number in range(1, 6)))
    assert await documents.read_document(content) == Unparsed(problem="no_text")


async def test_a_number_on_a_page_of_its_own_is_text(documents: Documents) -> None:
    found = await read(documents, form(("42", False, []), ("Answer to all, with a picture", True, [])))
    assert (found.text, found.unread_pages) == ("42\n\nAnswer to all, with a picture", 0)
