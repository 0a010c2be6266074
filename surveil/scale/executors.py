"""Who runs tasks: this process, several processes, or a Dask cluster. No scheduler is written here."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager

from surveil.errors import ConfigError

NAMES = ("serial", "processes", "dask")


class Serial(Executor):
    """Does a task when it is submitted, in this process."""

    def submit(self, fn, /, *args, **kwargs) -> Future:
        done: Future = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


@contextmanager
def executor(name: str, workers: int, scheduler: str = "") -> Iterator[Executor]:
    """An executor by name, closed at the end; what has not begun by then is not begun.

    Parameters
    ----------
    name : one of NAMES; workers : processes, here or of a Dask cluster on this machine
    scheduler : address of a Dask scheduler whose workers have the same surveil; empty: a cluster on this machine

    Raises
    ------
    ConfigError : no such executor, or Dask is not installed or does not answer.
    """
    if name == "serial":
        yield Serial()
    elif name == "processes":
        from surveil.evaluate.sweep import processes

        pool = processes(workers)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)
    elif name == "dask":
        yield from _dask(workers, scheduler)
    else:
        raise ConfigError(f"no executor {name!r}; there are {', '.join(NAMES)}", source="--executor")


def _dask(workers: int, scheduler: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(
            "Dask is not installed: pip install 'distributed>=2025.1', or take processes", source="--executor dask"
        ) from None
    try:
        client = Client(scheduler, timeout="30s") if scheduler else Client(n_workers=workers, threads_per_worker=1)
    except (OSError, TimeoutError, ValueError) as error:
        raise ConfigError(f"the scheduler does not answer: {error}", source="--scheduler") from None
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()
