"""PDFs are read as they look: lines, cells, raised numbers; values and notes; pictures are counted."""

from __future__ import annotations

import io

import pypdf
import pytest
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from bot.documents import Document, Documents, Figure, Unparsed
from bot.sources.document import document_piece

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
    shown = ((f"BT /F1 8 Tf 50 700 Td ({text}) Tj ET", picture, notes) for text, picture, notes in pages)
    return drawn(*shown)


def drawn(*pages: tuple[str, bool, list[DictionaryObject]]) -> bytes:
    writer = pypdf.PdfWriter()
    font = named(Type="/Font", Subtype="/Type1", BaseFont="/Helvetica")
    for operators, picture, notes in pages:
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
        stream.set_data(operators.encode("latin-1"))
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
    boxes = [field("Agreed", "/Yes", FT="/Btn", AS="/Yes"), field("No", "/Off", FT="/Btn")]
    marks = [named(Subtype="/Highlight", Contents="Too dear"), named(Subtype="/Popup", Contents="Too dear")]
    content = form(
        ("A form.", False, [field("Name", "Ada"), named(Subtype="/FreeText", Contents="A free note")]),
        ("The end.", False, [*boxes, field("Plan", "/Large", FT="/Btn", AS="/Large"), *marks]),
    )
    assert (
        await read(documents, content)
    ).text == "A form.\n\nName: Ada\nA free note\n\nThe end.\n\n[x] Agreed\n[x] Plan: Large\nToo dear"


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


async def test_notes_that_are_no_list_take_nothing_else_along(documents: Documents) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(form(("A form.", False, []))))
    writer.pages[0][NameObject("/Annots")] = NumberObject(5)
    written = io.BytesIO()
    writer.write(written)
    assert (await read(documents, written.getvalue())).text == "A form."


async def test_pages_that_are_pictures_are_counted_and_said(documents: Documents) -> None:
    found = await read(documents, form(("Cover of the report.", False, []), *[("", True, [])] * 9))
    assert (found.text, found.unread_pages) == ("Cover of the report.", 9)
    assert "9 pages are pictures without text" in document_piece(found, name="x").left_out


async def test_pages_of_outlines_or_pictures_of_their_own_are_counted_and_blank_ones_are_not(
    documents: Documents,
) -> None:
    outlines = "0 0 m 1 2 3 4 5 6 c 7 8 l f\n" * 60
    picture = "q 9 0 0 9 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q"
    pages = ("BT /F1 8 Tf 50 700 Td (Cover) Tj ET", outlines, picture, "q 0 0 600 800 re W n Q", "")
    found = await read(documents, drawn(*((operators, False, []) for operators in pages)))
    assert (found.text, found.unread_pages) == ("Cover", 2)


@pytest.mark.parametrize("label", ["", "{}", "- {} -", "Page {} of 5", "Seite {}"])
async def test_scans_with_numbers_alone_have_no_text(documents: Documents, label: str) -> None:
    content = form(*((label.format(number), True, []) for number in range(1, 6)))
    found = await documents.read_document(content)
    figures = tuple(Figure(at=0, page=page) for page in range(5))
    assert found == Unparsed(problem="no_text", unread_pages=5, figures=figures)


async def test_a_number_on_a_page_of_its_own_is_text(documents: Documents) -> None:
    found = await read(documents, form(("42", False, []), ("Answer to all, with a picture", True, [])))
    assert (found.text, found.unread_pages) == ("42\n\nAnswer to all, with a picture", 0)


def placed(*shown: tuple[float, float, str] | tuple[float, float, str, float]) -> str:
    """Operators that show texts at their x and y, ten points high if no size is told."""
    return "\n".join(
        f"BT /F1 {size[0] if size else 10} Tf 1 0 0 1 {left} {base} Tm ({text}) Tj ET"
        for left, base, text, *size in shown
    )


HEAD = ((50, 700, "Berth"), (120, 700, "Date"), (200, 700, "Width"), (260, 700, "Depth"))


@pytest.mark.parametrize(
    ("operators", "text"),
    [
        (placed(*HEAD, (50, 680, "B"), (200, 680, "6")), "Berth | Date | Width | Depth\nB |  | 6 |"),
        (placed(*HEAD, (120, 680, "May"), (260, 680, "9")), "Berth | Date | Width | Depth\n | May |  | 9"),
        (
            placed(*HEAD, (50, 674, "A"), (120, 680, "12 January"), (125, 668, "2027"), (200, 674, "5")),
            "Berth | Date | Width | Depth\nA | 12 January 2027 | 5 |",
        ),
        (
            placed(*HEAD, (50, 680, "A"), (120, 680, "12 January"), (120, 660, "2027"), (200, 680, "5")),
            "Berth | Date | Width | Depth\nA | 12 January 2027 | 5 |",
        ),
        (
            placed((50, 700, "Item"), (90, 700, "Amount"), (50, 686, "Rope"), (135, 686, "12")),
            "Item | Amount\nRope | 12",
        ),
        (
            placed(
                (50, 712, "Boats"),
                (50, 700, "Name:"),
                (110, 700, "Ada"),
                (50, 688, "Berth:"),
                (110, 688, "7"),
            ),
            "Boats\nName: | Ada\nBerth: | 7",
        ),
        (
            placed((50, 700, "10"), (61.2, 704, "6", 7), (65.1, 700, " litres in 2026"), (126, 704, "1", 7)),
            "10^6 litres in 2026[1]",
        ),
        (placed((50, 700, "H"), (57.3, 698, "2", 7), (61.2, 700, "O")), "H2O"),
        (placed((50, 700, "the 12"), (77.9, 704, "th", 7)), "the 12th"),
        (placed((50, 700, "a "), (60, 704, "1", 7), (60, 697, "2", 7), (67, 700, "of it")), "a 1/2 of it"),
        (
            placed((70, 700, "Order"), (70, 688, "Paint"), (55, 700, "1."), (55, 688, "2.")),
            "1. Order\n2. Paint",
        ),
        (
            placed((55, 700, "1."), (90, 700, "Order"), (55, 688, "2."), (90, 688, "Paint")),
            "1. Order\n2. Paint",
        ),
        ("BT /F1 10 Tf 50 700 Td [(The w) 30 (ord) -300 (T) 120 (uesday)] TJ ET", "The word Tuesday"),
        (
            "BT /F1 10 Tf 50 700 Td (A            12 May) Tj 0 -14 Td (B            3 May) Tj ET",
            "A | 12 May\nB | 3 May",
        ),
        ("BT /F1 10 Tf 12 TL 50 700 Td (One) Tj (Two) ' T* (Three) Tj ET", "One\nTwo\nThree"),
        (
            placed(
                *((50, 700 - 12 * line, f"The left column tells of mill {line}") for line in range(4)),
                *((300, 700 - 12 * line, f"The right column has ferry {line}") for line in range(4)),
            ),
            "\n".join(
                f"The {side} {line}"
                for side in ("left column tells of mill", "right column has ferry")
                for line in range(4)
            ),
        ),
        (placed((50, 700, "def f\\(x\\):"), (50, 688, "    return x")), "def f(x):\n    return x"),
    ],
)
async def test_lines_and_cells_are_put_together_from_where_they_stand(
    documents: Documents, operators: str, text: str
) -> None:
    assert (await read(documents, drawn((operators, False, [])))).text == text


async def test_a_page_whose_places_are_not_known_is_read_as_it_is_shown(documents: Documents) -> None:
    many = "BT /F1 1 Tf 50 700 Td (The page) Tj " + "(.) Tj " * 20_000 + "ET"
    assert (await read(documents, drawn((many, False, [])))).text == "The page" + "." * 20_000
