"""CSV archives (NOAA MarineCadastre, Danish, Solent, exactEarth, Spire): a bad row costs itself and nothing else.

Rows are physical lines: a quote that is not closed spoils its own line only. ``seq`` is the line, the header being
line 1.
"""

from __future__ import annotations

import csv
import io

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from surveil.errors import InputError
from surveil.schema import Batch
from surveil.sources.dialects import REQUIRED
from surveil.sources.recognise import header_of
from surveil.sources.rows import TableDecoder


class CsvDecoder(TableDecoder):
    """Decodes one CSV source and keeps account of every line; see :class:`TableDecoder`."""

    _header: list[str] | None = None

    def state(self) -> dict:
        return {**super().state(), "header": self._header}

    def restore(self, state: dict) -> None:
        super().restore(state)
        if state["header"] is not None:
            self._set_header(state["header"])

    def _set_header(self, header: list[str]) -> None:
        self._header, self._places = header, self.dialect.find(header)
        for column in REQUIRED:
            if column not in self._places:
                name = self.dialect.columns[column][0]
                raise InputError(f"{self.dialect.title} without a column {name!r}", source=self.count.name, line=1)

    def _decode(self, lines: list[bytes]) -> Batch:
        first_number = self.count.lines_read + 1
        self.count.lines_read += len(lines)
        numbered = list(enumerate(lines, first_number))
        while self._header is None and numbered:
            _, line = numbered.pop(0)
            self.count.not_ais += 1
            if line.strip():
                self._set_header(header_of(line))
        return self._lines(numbered)

    def _lines(self, numbered: list[tuple[int, bytes]]) -> Batch:
        """Rows of lines after the header, by their numbers."""
        rows = [(number, line) for number, line in numbered if self._is_row(number, line)]
        if not rows:
            return Batch.build()
        columns = _parse([line for _, line in rows], len(self._header), self._places)
        if self.dialect.nothing:
            columns = {name: _emptied(column, self.dialect.nothing) for name, column in columns.items()}
        return self._rows(rows, columns)

    def _is_row(self, number: int, line: bytes) -> bool:
        if not line.strip():
            self.count.not_ais += 1
            return False
        wanted = len(self._header)
        quotes = line.count(b'"')
        if quotes % 2:
            reason = "quote not closed"
        elif (len(header_of(line)) if quotes else line.count(b",") + 1) != wanted:
            reason = "wrong number of columns"
        else:
            return True
        self._refuse(number, reason, line)
        return False


def _emptied(column: pa.StringArray, nothing: str) -> pa.StringArray:
    return pc.if_else(pc.equal(column, nothing), "", column)


def _parse(lines: list[bytes], width: int, places: dict[str, int]) -> dict[str, pa.StringArray]:
    """Our columns as text. Lines are known to have ``width`` fields."""
    block = b"\n".join(_normal(line) if b'"' in line or not line.isascii() else line for line in lines)
    names = [str(i) for i in range(width)]
    used = sorted({names[i] for i in places.values()})
    table = arrow_csv.read_csv(
        pa.BufferReader(block),
        read_options=arrow_csv.ReadOptions(column_names=names, use_threads=False),
        parse_options=arrow_csv.ParseOptions(ignore_empty_lines=False),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(used, pa.string()), include_columns=used, strings_can_be_null=False
        ),
    )
    return {column: table.column(names[at]).combine_chunks() for column, at in places.items()}


def _normal(line: bytes) -> bytes:
    """A line in strict CSV and UTF-8; what is not UTF-8 is read as Latin-1."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = line.decode("latin-1")
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(next(csv.reader([text])))
    return out.getvalue().encode()
