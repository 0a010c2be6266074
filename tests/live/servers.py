"""Servers to test against: real ones as processes where they are installed, small ones of our own as threads."""

import shutil
import socket
import subprocess
import threading

import pytest

from benchmarks._watching import until


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def started(*command: str, port: int) -> subprocess.Popen:
    """A server as a process, which answers."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    assert until(answers, 15)
    return process


def mosquitto(folder, port: int) -> subprocess.Popen:
    (folder / "m.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    return started("mosquitto", "-c", str(folder / "m.conf"), port=port)


def nats_server(folder, port: int) -> subprocess.Popen:
    return started("nats-server", "-js", "-p", str(port), "-a", "127.0.0.1", "-sd", str(folder / "js"), port=port)


class Lines:
    """Takes TCP connections one after the other; ``got`` has all that each brought."""

    def __init__(self, port: int = 0):
        self.server, self.got = socket.create_server(("127.0.0.1", port)), []
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            with line:
                self.got.append(self.serve(line))

    def serve(self, line: socket.socket) -> bytes:
        return b"".join(iter(lambda: line.recv(4096), b""))

    def close(self) -> None:
        self.server.close()


class Mail(Lines):
    """The least of SMTP (RFC 5321); refuses the letters that come first, ``refuses`` many."""

    def __init__(self, refuses: int = 0):
        self.refuses = refuses
        super().__init__()

    def serve(self, line: socket.socket) -> bytes:
        said, letter, in_letter = line.makefile("rwb"), b"", False

        def say(text: bytes) -> None:
            said.write(text + b"\r\n")
            said.flush()

        say(b"220 ready")
        for got in said:
            word = got[:4].upper()
            if in_letter and got != b".\r\n":
                letter += got
            elif in_letter:
                in_letter, self.refuses = False, self.refuses - 1
                say(b"451 later" if self.refuses >= 0 else b"250 taken")
                letter = b"" if self.refuses >= 0 else letter
            elif word == b"DATA":
                in_letter = True
                say(b"354 go on")
            elif word == b"QUIT":
                say(b"221 bye")
                break
            else:
                say(b"250 ok")
        return letter
