"""Who runs tasks: this process, several processes, or a Dask cluster. No scheduler is written here."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager

from surveil.errors import ConfigError, StoreError

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
        from distributed import Client, KilledWorker
    except ImportError:
        raise ConfigError(
            "Dask is not installed: pip install 'surveil[scale]', or take processes", source="--executor dask"
        ) from None
    here = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    try:
        client = Client(scheduler, timeout="30s") if scheduler else Client(**here)
    except (OSError, TimeoutError, ValueError) as error:
        raise ConfigError(f"the scheduler does not answer: {error}", source="--scheduler") from None
    try:
        yield client.get_executor(pure=False)
    except KilledWorker as error:
        raise StoreError(f"{error}; is there memory for the task?") from None
    finally:
        client.close()


def processes(workers: int) -> ProcessPoolExecutor:
    """Processes that start afresh, as a forked one would have the threads of numba and Arrow half alive, and that end
    with this one however it ends."""
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """Leave Ctrl-C to the parent, and watch it: a process of a pool whose parent was killed waits for work for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def default_workers() -> int:
    """As many processes as this one may use processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
