"""Files that are no table: one sentence says what each is, and what can be done instead."""

import io
import zipfile

import pytest

from pipelines.errors import SheetRefused

OLE = b"\xd0\xcf\x11\xe0" + b"\0" * 508
MAIL = (b"Received: from mail.school.example\r\n\tby mx.school.example\r\nFrom: registrar@school.example\r\n"
        b"Subject: Scores\r\nMIME-Version: 1.0\r\n\r\nstudent_id,score\r\n")


def zipped(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(("file", "content", "begins", "says"), [
    ("scores.pdf", b"%PDF-1.7\n1 0 obj", "a PDF", "ask its sender for the table as CSV or XLSX"),
    ("scan.png", b"\x89PNG\r\n\x1a\n", "a picture", "type its values into a template"),
    ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture", "type its values into a template"),
    ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0", "a picture", "type its values into a template"),
    ("mail.eml", MAIL, "an e-mail", "save the sheet that is attached"),
    ("page.mht", b"From: <Saved by Browser>\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\n<table>",
     "an e-mail or a web archive", "save the sheet that is attached"),
    ("mail.msg", OLE + "__substg1.0_0037001F".encode("utf-16-le"), "an e-mail", "save the sheet that is attached"),
    ("list.doc", OLE + "WordDocument".encode("utf-16-le"), "a Word document", "copy its table into a spreadsheet"),
    ("list.docx", zipped("[Content_Types].xml", "word/document.xml"), "a Word document", "copy its table"),
    ("list.numbers", zipped("Index/Document.iwa"), "an Apple Numbers document", "Export To, Excel or CSV"),
    ("scores.csv.gz", b"\x1f\x8b\x08\0", "a compressed file", "unpack it"),
])
def test_what_is_no_table_is_told_what_it_is_and_what_can_be_done(read, file, content, begins, says):
    with pytest.raises(SheetRefused) as refused:
        read(content, file)
    sentence = str(refused.value)
    assert sentence.startswith(f"{file} is {begins}")
    assert says in sentence
    assert sentence.count(". ") == 0


def test_a_sheet_whose_first_lines_have_colons_is_no_mail(read):
    came = read("Exam: CBSE\nDate: 2026-10-01\nstudent_id,assessment,date,score\n00123,CBSE,2026-10-15,61\n")
    assert came.column("score") == [61]
