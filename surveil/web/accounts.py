"""Who may: accounts, sessions, tokens and the audit log, in one SQLite file that only the console writes.

Passwords are hashed with argon2id (RFC 9106, the library's defaults); sessions and tokens are kept as SHA-256 of what
the browser or the machine holds, so that a stolen file opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import argon2

from surveil.errors import StoreError

ROLES = ("viewer", "operator", "admin")
"""Each may what those before it may: look; act upon alerts; see the audit log and tokens."""
MIN_PASSWORD = 12
"""Characters of a password (NIST SP 800-63B asks for 8, and 15 where it is the only factor; assumed between)."""

_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    digest TEXT PRIMARY KEY, name TEXT NOT NULL, csrf TEXT NOT NULL, until_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS tokens (
    digest TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, made_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, t_ms INTEGER NOT NULL, who TEXT NOT NULL, address TEXT NOT NULL,
    what TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TRIGGER IF NOT EXISTS audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'only added to'); END;
CREATE TRIGGER IF NOT EXISTS audit_lasts BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'only added to'); END;
"""


@dataclass(frozen=True)
class Identity:
    """Who asks. ``csrf`` is what a page must send with each action; empty for a machine with a token."""

    name: str
    role: str
    csrf: str = ""

    def may(self, role: str) -> bool:
        """Whether it has at least a role."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def sent(self, csrf: str) -> bool:
        """Whether an action came from a page of ours, or from a machine."""
        return not self.csrf or hmac.compare_digest(self.csrf.encode(), csrf.encode())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Accounts:
    """The file; its methods may be called from any thread.

    Parameters
    ----------
    now_ms : the clock, UTC ms.

    Raises
    ------
    StoreError : the file cannot be used.
    """

    def __init__(self, path: Path, now_ms: Callable[[], int]):
        self.path, self._now_ms, self._lock = Path(path), now_ms, threading.Lock()
        try:
            self._db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
            self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)
            self.path.chmod(0o600)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"accounts cannot be used: {error}", source=str(path)) from None
        self._hasher = argon2.PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _one(self, sql: str, *values):
        with self._lock:
            return self._db.execute(sql, values).fetchone()

    def _all(self, sql: str, *values) -> list[tuple]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def names(self) -> list[tuple[str, str]]:
        """Names and roles."""
        return self._all("SELECT name, role FROM accounts ORDER BY name")

    def put(self, name: str, role: str, password: str) -> None:
        """Make an account or change it; its sessions end.

        Raises
        ------
        StoreError : no such role, no name, or a password that is too short.
        """
        if role not in ROLES:
            raise StoreError(f"no role {role!r}; there are {', '.join(ROLES)}")
        if not name.strip() or len(password) < MIN_PASSWORD:
            raise StoreError(f"an account needs a name, and a password of at least {MIN_PASSWORD} characters")
        self._one("INSERT OR REPLACE INTO accounts VALUES (?,?,?)", name, role, self._hasher.hash(password))
        self._one("DELETE FROM sessions WHERE name = ?", name)
        self.audit("console", "", "account", f"{name}: {role}")

    def remove(self, name: str) -> bool:
        """Take away an account with its sessions, and tokens of that name; whether there was any."""
        found = any(
            self._all(f"DELETE FROM {table} WHERE name = ? RETURNING name", name) for table in ("accounts", "tokens")
        )
        self._one("DELETE FROM tokens WHERE name = ?", name)
        self._one("DELETE FROM sessions WHERE name = ?", name)
        self.audit("console", "", "account removed", name)
        return found

    def right(self, name: str, password: str) -> bool:
        """Whether the password is that of the name; takes as long for a name that does not exist."""
        row = self._one("SELECT hash FROM accounts WHERE name = ?", name)
        try:
            return self._hasher.verify(row[0] if row else self._nobody, password) and row is not None
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    def begin(self, name: str, lasts_ms: int) -> tuple[str, Identity]:
        """A session: what the browser is to hold, and who it is then."""
        secret, csrf, now_ms = secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._now_ms()
        self._one("DELETE FROM sessions WHERE until_ms <= ?", now_ms)
        self._one("INSERT INTO sessions VALUES (?,?,?,?)", _digest(secret), name, csrf, now_ms + lasts_ms)
        return secret, self.session(secret)

    def session(self, secret: str) -> Identity | None:
        """Who holds this session, if it has not expired."""
        row = self._one(
            "SELECT s.name, role, csrf FROM sessions s JOIN accounts a ON a.name = s.name "
            "WHERE digest = ? AND until_ms > ?", _digest(secret), self._now_ms(),
        )  # fmt: skip
        return Identity(*row) if row else None

    def end(self, secret: str) -> None:
        """Log out."""
        self._one("DELETE FROM sessions WHERE digest = ?", _digest(secret))

    def make_token(self, name: str, role: str) -> str:
        """A token for a machine; it is told once and cannot be told again.

        Raises
        ------
        StoreError : no such role.
        """
        if role not in ROLES:
            raise StoreError(f"no role {role!r}; there are {', '.join(ROLES)}")
        secret = f"surveil_{secrets.token_urlsafe(32)}"
        self._one("INSERT INTO tokens VALUES (?,?,?,?)", _digest(secret), name, role, self._now_ms())
        self.audit("console", "", "token", f"{name}: {role}")
        return secret

    def token(self, secret: str) -> Identity | None:
        """Which machine holds this token."""
        row = self._one("SELECT name, role FROM tokens WHERE digest = ?", _digest(secret))
        return Identity(*row) if row else None

    def audit(self, who: str, address: str, what: str, detail: str = "") -> None:
        """Add a line to the log; lines are never changed."""
        self._one("INSERT INTO audit (t_ms, who, address, what, detail) VALUES (?,?,?,?,?)",
                  self._now_ms(), who, address, what, detail)  # fmt: skip

    def audited(self, before: int, limit: int) -> list[dict]:
        """Lines of the log, the latest first, before a number."""
        names = ("seq", "t_ms", "who", "address", "what", "detail")
        rows = self._all("SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?", before, limit)
        return [dict(zip(names, row, strict=True)) for row in rows]


class Tries:
    """Wrong passwords by name and by address: after ``most`` within ``wait_s``, nobody gets another try until then."""

    def __init__(self, most: int, wait_s: int, now_ms: Callable[[], int]):
        self._most, self._wait_ms, self._now_ms = most, wait_s * 1000, now_ms
        self._wrong: dict[str, list[int]] = {}

    def wait_s(self, *whose: str) -> int:
        """Seconds until the next try, 0 for now."""
        now_ms, waits = self._now_ms(), [0]
        for key in whose:
            times = [t for t in self._wrong.get(key, ()) if t > now_ms - self._wait_ms]
            if len(times) >= self._most:
                waits.append(-(-(times[0] + self._wait_ms - now_ms) // 1000))
        return max(waits)

    def wrong(self, *whose: str) -> None:
        """Count one; what is over is forgotten."""
        now_ms = self._now_ms()
        self._wrong = {k: times for k, times in self._wrong.items() if times[-1] > now_ms - self._wait_ms}
        for key in whose:
            self._wrong.setdefault(key, []).append(now_ms)
            del self._wrong[key][: -self._most]
