"""What an archive holds: its imports and its files, in one SQLite database. A file not named here does not count.

Rows and the account of the lines they came from change in one transaction, so that wherever an import is killed,
the archive holds every line before a checkpoint once, and none after it.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from surveil.errors import StoreError

MARK = "surveil-archive.sqlite"
_LOCK = "import.lock"
_FORMAT = 1
SUFFIX = ".ais.parquet"
"""How the names of the archive's own files end."""
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE imports (
    id INTEGER PRIMARY KEY, name TEXT, path TEXT, format TEXT, head BLOB, bytes INTEGER, sha256 TEXT,
    done INTEGER DEFAULT 0, first_ms INTEGER, packed BLOB, account TEXT);
CREATE TABLE files (
    import INTEGER, flush INTEGER, kind TEXT, day TEXT, bucket INTEGER, path TEXT PRIMARY KEY, rows INTEGER,
    t_min INTEGER, t_max INTEGER, west REAL, south REAL, east REAL, north REAL, unplaced INTEGER);
CREATE INDEX by_day ON files (kind, bucket, t_min);
"""


@dataclass(frozen=True)
class File:
    """One Parquet file: rows of one kind, day and bucket from one stretch (``flush``) of one import.

    ``t_min``, ``t_max`` ms; the box in degrees is None if no row has a position, ``unplaced`` counts those without.
    """

    import_: int
    flush: int
    kind: str
    day: str
    bucket: int
    path: str
    rows: int
    t_min: int
    t_max: int
    west: float | None = None
    south: float | None = None
    east: float | None = None
    north: float | None = None
    unplaced: int = 0


@dataclass
class Import:
    """One source that was imported.

    ``head`` its first bytes, ``bytes`` and ``sha256`` of its whole content once ``done``; ``packed`` the checkpoint,
    what is needed to go on after the last full stretch; ``account`` what became of its lines.
    """

    id: int
    name: str
    path: str
    format: str
    head: bytes
    bytes: int
    sha256: str
    done: bool
    first_ms: int | None
    packed: bytes
    account: dict

    @property
    def checkpoint(self) -> dict:
        return json.loads(zlib.decompress(self.packed))


class Manifest:
    """The database of one archive folder.

    Parameters
    ----------
    folder : the archive; create : make an empty one if there is none.

    Raises
    ------
    StoreError : not an archive, of another version, damaged, or holding other files.
    """

    def __init__(self, folder: Path, create: bool = False):
        self.folder = folder
        path = folder / MARK
        if not path.exists():
            if not create:
                raise StoreError(f"is not an archive (no {MARK})", source=str(folder))
            _check_empty(folder)
        try:
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA synchronous=FULL")
            with self._transaction():
                if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                    for statement in _TABLES.split(";"):
                        self._db.execute(statement)
                    self._db.execute("INSERT INTO meta VALUES ('format', ?)", (str(_FORMAT),))
        except sqlite3.Error as error:
            raise StoreError(f"{MARK} is damaged or cannot be used: {error}", source=str(folder)) from None
        self._check_format()

    def _check_format(self) -> None:
        try:
            (found,) = self._db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        except (sqlite3.Error, TypeError) as error:
            raise StoreError(f"{MARK} is damaged or cannot be used: {error}", source=str(self.folder)) from None
        if found != str(_FORMAT):
            raise StoreError(f"is an archive of format {found}, not {_FORMAT}", source=str(self.folder))

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _transaction(self):
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def writing(self):
        """The right to import, held by one process at a time and lost with its life.

        Raises
        ------
        StoreError : another process has it.
        """
        lock = sqlite3.connect(self.folder / _LOCK, isolation_level=None, timeout=0)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            lock.close()
            raise StoreError("another import into this archive is at work", source=str(self.folder)) from None
        try:
            self._tidy()
            yield
        finally:
            lock.close()

    def _tidy(self) -> None:
        """Finish what a killed import had committed and remove what it had not."""
        self.publish(self.files())
        for stray in self.folder.glob("*/day=*/bucket=*/.*.part"):
            stray.unlink()
        for path in map(Path, self.strangers()):
            if path.name.endswith(SUFFIX):  # of an import gone back to its checkpoint
                path.unlink()

    def _short(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def strangers(self) -> list[str]:
        """Files in the archive's folders that are no part of it."""
        known = {file.path for file in self.files()}
        found = self.folder.glob("*/day=*/bucket=*/[!.]*")
        return sorted(str(path) for path in found if self._short(path) not in known)

    def place(self, file: File) -> Path:
        """Where a file is: under its own name or, between commit and publishing, still hidden."""
        path = self.folder / file.path
        hidden = hidden_name(path)
        return hidden if hidden.exists() and not path.exists() else path

    def opened(self, file: File):
        """A file as pyarrow reads it."""
        return self.place(file)

    def shown(self, file: File) -> str:
        """Where a file is, to be told of."""
        return str(self.place(file))

    def publish(self, files: Iterable[File]) -> None:
        """Give committed files their names. Before that, other programs that read the folder don't see them."""
        for file in files:
            path = self.folder / file.path
            with suppress(FileNotFoundError):
                hidden_name(path).rename(path)

    def imports(self) -> list[Import]:
        rows = self._db.execute(f"SELECT {', '.join(f.name for f in fields(Import))} FROM imports ORDER BY id")
        return [Import(*row[:7], bool(row[7]), row[8], row[9], json.loads(row[10])) for row in rows]

    def names(self) -> dict[int, str]:
        """Names of the sources by the ids of their imports."""
        return dict(self._db.execute("SELECT id, name FROM imports"))

    def files(self, kind: str | None = None, where: str = "1", values: tuple = ()) -> list[File]:
        """Files, in the order of import, stretch, day and bucket; ``where`` is SQL with ``values``."""
        kinds = "" if kind is None else f"kind = '{kind}' AND "
        rows = self._db.execute(
            f"SELECT * FROM files WHERE {kinds}{where} ORDER BY import, flush, kind, day, bucket", values
        )
        return [File(*row) for row in rows]

    def begin(self, name: str, path: str, format: str, head: bytes, checkpoint: dict) -> int:
        """A new import without rows; returns its id."""
        with self._transaction():
            made = self._db.execute(
                "INSERT INTO imports (name, path, format, head, bytes, sha256, packed, account) "
                "VALUES (?, ?, ?, ?, 0, '', ?, '{}')",
                (name, path, format, head, _packed(checkpoint)),
            )
        return made.lastrowid

    def reopen(self, import_id: int, path: str, head: bytes, from_flush: int) -> None:
        """Go back to the last checkpoint, since the source has more now: the rows after it will come again."""
        gone = self.files(where="import = ? AND flush >= ?", values=(import_id, from_flush))
        with self._transaction():
            self._db.execute("UPDATE imports SET done = 0, path = ?, head = ? WHERE id = ?", (path, head, import_id))
            self._db.execute("DELETE FROM files WHERE import = ? AND flush >= ?", (import_id, from_flush))
        for file in gone:
            (self.folder / file.path).unlink(missing_ok=True)

    def commit(self, import_id: int, files: list[File], **columns) -> None:
        """Add the files of a stretch and change the import, at once."""
        changes = {k: json.dumps(v) if isinstance(v, dict) else v for k, v in columns.items()}
        if "checkpoint" in columns:
            del changes["checkpoint"]
            changes["packed"] = _packed(columns["checkpoint"])
        with self._transaction():
            marks = ", ".join("?" * len(fields(File)))
            self._db.executemany(f"INSERT INTO files VALUES ({marks})", map(astuple, files))
            names = ", ".join(f"{name} = ?" for name in changes)
            self._db.execute(f"UPDATE imports SET {names} WHERE id = ?", (*changes.values(), import_id))
        self.publish(files)


def hidden_name(path: Path) -> Path:
    """Where a file is written: readers of Parquet folders pass over names that begin with a dot."""
    return path.with_name(f".{path.name}.part")


def _packed(checkpoint: dict) -> bytes:
    return zlib.compress(json.dumps(checkpoint).encode(), 1)


def is_archive(path: Path) -> bool:
    """Whether a folder of this machine is one."""
    return (Path(path) / MARK).is_file()


def _check_empty(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise StoreError("is a file; give a folder for the archive", source=str(folder))
    if folder.is_dir() and any(folder.iterdir()):
        raise StoreError(f"holds other files (no {MARK}); give a new or an earlier archive", source=str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot be written: {error.strerror}", source=str(folder)) from None
