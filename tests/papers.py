"""What a PDF of ours says, read back from its bytes: the texts that it draws, in their order."""

import re

ENCODINGS = {b"WinAnsiEncoding": "cp1252", b"UniJIS-UCS2-H": "utf-16-be"}
FONT = re.compile(rb"/Encoding /(\S+) /Name /(F\d+)")
PAGE = re.compile(rb"stream\n(.*?)endstream", re.DOTALL)
DRAWN = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\) Tj", re.DOTALL)
ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def texts(pdf: bytes) -> list[str]:
    """All that is drawn. The file is whole and of one page."""
    assert pdf.startswith(b"%PDF-1.")
    assert pdf.rstrip().endswith(b"%%EOF")
    encodings = {name: ENCODINGS[encoding] for encoding, name in FONT.findall(pdf)}
    (page,) = PAGE.findall(pdf)
    found, encoding = [], ""
    for font, text in DRAWN.findall(page):
        if font:
            encoding = encodings[font]
        else:
            found.append(ESCAPED.sub(_plain, text).decode(encoding))
    return found


def _plain(escaped: re.Match[bytes]) -> bytes:
    code = escaped[1]
    return bytes([int(code, 8)]) if code.isdigit() else LETTERS.get(code, code)
