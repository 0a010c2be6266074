"""Archives in object storage, through fsspec: the manifest is fetched whole, of the rows no more than a query needs.

The addresses are fsspec's: ``s3://`` (package s3fs), ``gs://`` (gcsfs), ``az://`` (adlfs), ``https://`` (aiohttp).
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from surveil.archive.manifest import MARK, File, Manifest
from surveil.errors import StoreError

_ADDRESS = re.compile(r"(s3|s3a|gs|gcs|az|abfs|abfss|https?|memory):/+(?=[^/])", re.ASCII)


def address_of(path: str | Path) -> str | None:
    """The address that a path is, or None. A :class:`~pathlib.Path` of an address has lost one of its slashes."""
    found = _ADDRESS.match(text := str(path))
    return f"{found[1]}://{text[found.end() :]}".rstrip("/") if found else None


class RemoteManifest(Manifest):
    """The database of an archive elsewhere, as it was when it was opened; nothing is ever written.

    Raises
    ------
    StoreError : no archive is there, it cannot be reached, or what fsspec needs for its scheme is not installed.
    """

    def __init__(self, address: str):
        try:
            import fsspec

            self._fs, self._root = fsspec.core.url_to_fs(address)
            content = self._fs.cat_file(f"{self._root}/{MARK}")
        except ImportError as error:
            raise StoreError(f"cannot be read: {error}; pip install 'surveil[scale]'", source=address) from None
        except FileNotFoundError:
            raise StoreError(f"is not an archive (no {MARK})", source=address) from None
        except Exception as error:  # every file system of fsspec has errors of its own
            raise StoreError(f"cannot be reached: {error or type(error).__name__}", source=address) from None
        self.address = address
        self._load(content)

    def _load(self, content: bytes) -> None:
        self.folder = Path(self.address)
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        try:
            self._db.deserialize(content)
        except sqlite3.Error as error:
            raise StoreError(f"{MARK} is damaged: {error}", source=self.address) from None
        self._check_format()

    def strangers(self) -> list[str]:
        """None: files elsewhere are not listed."""
        return []

    def opened(self, file: File):
        """A file as pyarrow reads it, range by range: nothing is read ahead, as what follows is of another vessel."""
        return self._fs.open(f"{self._root}/{file.path}", "rb", cache_type="none")

    def shown(self, file: File) -> str:
        """The address of a file."""
        return f"{self.address}/{file.path}"


def manifest_of(path: str | Path) -> Manifest:
    """The manifest of the archive at a path or an address.

    Raises
    ------
    StoreError : there is none.
    """
    address = address_of(path)
    return RemoteManifest(address) if address else Manifest(Path(path))
