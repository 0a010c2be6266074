"""A day of a public archive by name: which file it is, brought once and kept, cut to the area wanted."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import zstandard

from surveil.config import FetchConfig
from surveil.errors import InputError, StoreError
from surveil.fetch.cutting import Box, Counts, cut_csv
from surveil.fetch.download import CHUNK, Progress, digest, download, kept
from surveil.fetch.remote import RemoteFile
from surveil.fetch.web import MissingError, Patience
from surveil.files import replaced_file
from surveil.sources.opening import members

ARCHIVES = {
    "noaa": "NOAA MarineCadastre, waters of the United States, from 2018",
    "dma": "Danish Maritime Authority, waters around Denmark, from 2006",
}


def cache_folder() -> Path:
    """Where downloads are kept: ``$XDG_CACHE_HOME/surveil``, else ``~/.cache/surveil``."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "surveil"


@dataclass(frozen=True)
class Fetched:
    """``path`` is what to replay; ``counts`` None where nothing was cut.

    ``sha256`` is that of the archive's own file, None if only the day was taken out of a month: then the zip's
    CRC-32 was checked.
    """

    path: Path
    url: str
    sha256: str | None
    downloaded: bool
    counts: Counts | None = None

    def summary(self) -> dict:
        """As ``--json`` prints it."""
        return {
            "path": str(self.path), "bytes": self.path.stat().st_size, "url": self.url, "sha256": self.sha256,
            "downloaded": self.downloaded, "rows": dataclasses.asdict(self.counts) if self.counts else None,
        }  # fmt: skip


@dataclass
class Fetch:
    """One day to bring.

    Parameters
    ----------
    archive : a name of ARCHIVES; day : UTC
    folder : where the day goes, made if it is not there
    box : the area wanted, west, south, east, north; None takes all of it
    cache : where downloads are kept, so that another area of the same day needs no network
    sha256 : the hash the archive's file must have, or ""
    """

    archive: str
    day: dt.date
    folder: Path
    box: Box | None = None
    cache: Path = field(default_factory=cache_folder)
    config: FetchConfig = field(default_factory=FetchConfig)
    sha256: str = ""
    progress: Progress = lambda got, size: None

    def run(self) -> Fetched:
        """Do it.

        Raises
        ------
        InputError : no such day, no network, a file that is damaged or not what it should be.
        StoreError : it cannot be written.
        """
        self._patience = Patience(self.config.timeout_s, self.config.tries)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._kept_in.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot be made: {error.strerror}", source=error.filename) from None
        by_day = [u for template, u in self._addresses() if "%d" in template]
        for url in by_day:
            if kept(self._local(url), [url], self.sha256):
                return self._of_day(url, downloaded=False)
        for template, url in self._addresses():
            with contextlib.suppress(MissingError):
                return self._bring(url) if "%d" in template else self._of_month(url)
        tried = ", ".join(url for _, url in self._addresses())
        raise InputError(f"{ARCHIVES[self.archive]}: {self.day} is not there; looked at {tried}")

    @property
    def _kept_in(self) -> Path:
        return self.cache / self.archive

    def _addresses(self) -> list[tuple[str, str]]:
        return [(template, self.day.strftime(template)) for template in getattr(self.config, self.archive)]

    def _local(self, url: str) -> Path:
        return self._kept_in / Path(urlsplit(url).path).name

    def _bring(self, url: str) -> Fetched:
        download(url, self._local(url), sha256=self.sha256, patience=self._patience, progress=self.progress)
        return self._of_day(url, downloaded=True)

    def _of_day(self, url: str, *, downloaded: bool) -> Fetched:
        """From the archive's own file, in the cache; a damaged one does not stay there."""
        raw = self._local(url)
        try:
            if self.box is None:
                target, counts = self.folder / raw.name, None
                for _ in _unpacked(raw):  # its checksums
                    pass
                _copy(raw, target)
            else:
                target, counts = self._write(_unpacked(raw), str(raw))
        except InputError:
            raw.unlink(missing_ok=True)
            raise
        return Fetched(target, url, digest(raw, "sha256"), downloaded, counts)

    def _of_month(self, url: str) -> Fetched:
        """The day's table out of a month's zip, of which only that part is brought."""
        if self.sha256:
            raise InputError("a hash can be asked for of a whole file only, and this is a month's", source=url)
        blocks = Path(f"{self._local(url)}.blocks")
        remote = RemoteFile(url, blocks, self._patience, self.progress)
        try:
            with zipfile.ZipFile(remote) as month, month.open(self._table_in(month, url)) as table:
                target, counts = self._write(iter(lambda: table.read(CHUNK), b""), url)
        except (zipfile.BadZipFile, EOFError) as error:
            blocks.unlink(missing_ok=True)
            raise InputError(f"damaged zip: {error}; what was brought is deleted, fetch it again", source=url) from None
        return Fetched(target, url, None, remote.brought > 0, counts)

    def _table_in(self, month: zipfile.ZipFile, url: str) -> str:
        dates = [self.day.strftime(form) for form in ("%Y-%m-%d", "%Y%m%d", "%Y_%m_%d")]
        found = [name for name in month.namelist() if name.lower().endswith(".csv") and any(d in name for d in dates)]
        if len(found) != 1:
            raise InputError(f"holds {len(found)} tables of {self.day}, not one", source=url)
        return found[0]

    def _write(self, chunks: Iterator[bytes], source: str) -> tuple[Path, Counts | None]:
        """The day as packed CSV, cut if a box is given."""
        area = "" if self.box is None else f"_{'_'.join(f'{edge:g}' for edge in self.box)}"
        target = self.folder / f"{self.archive}-{self.day}{area}.csv.zst"
        pack = zstandard.ZstdCompressor(write_checksum=True).stream_writer
        counts = None
        try:
            with replaced_file(target) as out, pack(out, closefd=False) as packed:
                if self.box is not None:
                    counts = cut_csv(chunks, self.box, packed, source)
                for chunk in chunks:
                    packed.write(chunk)
        except OSError as error:
            raise StoreError(f"cannot be written: {error.strerror}", source=str(target)) from None
        return target, counts


def _unpacked(raw: Path) -> Iterator[bytes]:
    """The one table in a day's file. Damage raises InputError."""
    tables = [m for m in members(raw) if m.inner is None or m.inner.lower().endswith(".csv")]
    if len(tables) != 1:
        raise InputError(f"holds {len(tables)} tables, not one", source=str(raw))
    troubles: list[InputError] = []
    yield from tables[0].chunks(troubles.append)
    if troubles:
        raise InputError(f"{troubles[0].cause}; deleted, fetch it again", source=troubles[0].source)


def _copy(raw: Path, target: Path) -> None:
    try:
        with open(raw, "rb") as file, replaced_file(target) as out:
            shutil.copyfileobj(file, out)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", source=str(target)) from None
