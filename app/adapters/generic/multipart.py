"""Reads the text fields of a multipart form, within bounds; files are refused."""

from python_multipart.multipart import MultipartParser, parse_options_header

MOST_PARTS = 200
MOST_PART_HEADERS = 8
MOST_HEADER_BYTES = 2048


class PartsRefused(Exception):
    """A form that is well formed and still not taken; the text says why."""


class _Fields:
    """Gathers the parser's events: header by header, part by part."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []
        self.ended = False
        self._header = bytearray()
        self._header_value = bytearray()
        self._name: str | None = None
        self._data = bytearray()

    def on_part_begin(self) -> None:
        if len(self.pairs) >= MOST_PARTS:
            raise PartsRefused(f"The form has more than {MOST_PARTS} parts.")
        self._name = None
        self._data.clear()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._header_value))
            if b"filename" in options or b"filename*" in options:
                raise PartsRefused("The form holds a file; only text fields are taken.")
            self._name = options.get(b"name", b"").decode("utf-8")
        self._header.clear()
        self._header_value.clear()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def on_part_end(self) -> None:
        if not self._name:
            raise PartsRefused("A part of the form has no name.")
        self.pairs.append((self._name, self._data.decode("utf-8")))

    def on_end(self) -> None:
        self.ended = True


def read_parts(body: bytes, boundary: bytes) -> list[tuple[str, str]]:
    """Read names and texts in order, in UTF-8.

    Raises:
        PartsRefused: A file, a part without a name, too many parts, or a body that is cut.
        MultipartParseError: Not a multipart body.
        UnicodeDecodeError: A name or value is not UTF-8.

    Source: RFC 7578.
    """
    fields = _Fields()
    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": fields.on_part_begin,
            "on_header_field": fields.on_header_field,
            "on_header_value": fields.on_header_value,
            "on_header_end": fields.on_header_end,
            "on_part_data": fields.on_part_data,
            "on_part_end": fields.on_part_end,
            "on_end": fields.on_end,
        },
        max_header_count=MOST_PART_HEADERS,
        max_header_size=MOST_HEADER_BYTES,
    )
    parser.write(body)
    parser.finalize()
    if not fields.ended:
        raise PartsRefused("The multipart body ends before its closing boundary.")
    return fields.pairs
