"""Many personal editions, built by the workers of this machine and by those of a scheduler: what the cluster costs.

Not a test, and not run by `make test`, which tries the same with fewer (`test_executors.py`):

    make bench-cluster ARGS="EDITIONS WORKERS"

Makes a publication with so many one-page editions, each with a letter to one reader. Builds them with the
warm workers of this machine; with a scheduler and as many workers on loopback, of which one is killed in
the middle; and with a scheduler and workers that live. Every file must be there once, and the same each time.
Processor seconds are those of all processes together: other work on the machine disturbs them less than the clock.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
BOOK = "content/publications/letters"


def make_letters(root: Path, count: int) -> Path:
    """Writes a project with so many editions, each of which withholds what the others say; returns its folder."""
    names = [f"reader-{number:04d}" for number in range(count)]
    reader = "{title: A reader, clearance: public, theme: steppe, targets: [pdf]}"
    files = {
        "content/audiences.yaml": "clearances: [public]\naudiences:\n"
        + "".join(f"  {name}: {reader}\n" for name in names),
        f"{BOOK}/publication.yaml": "title: Letters\nlanguage: en\ndate: 2026-11-24\n"
        "authors: [{name: A. Author}]\ndefault_clearance: public\n"
        "sections:\n  - all.md\n" + "".join(f"  - {{file: {name}.md, audience: {name}}}\n" for name in names)
        + "editions:\n"
        + "".join(f"  {name}: {{layout: brief}}\n" for name in names),
    }
    words = "The same words for everybody, in a paragraph that is as long as one of a letter is wont to be."
    files[f"{BOOK}/all.md"] = f"---\nid: all\ntitle: To all\n---\n{words}\n"
    for number, name in enumerate(names):
        files[f"{BOOK}/{name}.md"] = (
            f"---\nid: {name}\ntitle: Letter {number}\n---\n"
            f"For one reader alone, under the number {7_000_000 + number * 7919}.\n"
        )
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


def environment() -> dict[str, str]:
    """The environment of every process here: all of them find this builder."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def cluster(
    count: int, folder: Path, allowed_failures: int = 3
) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """A scheduler on loopback: its address, and its processes, of which the first is the scheduler itself."""
    env = environment()
    env["PYTHONPATH"] += f"{os.pathsep}{Path(__file__).parent}"
    env["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = str(allowed_failures)
    env["DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED"] = "False"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    folder.mkdir(parents=True, exist_ok=True)
    running: list[subprocess.Popen] = []

    def start(*words: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
        log = open(folder / f"{words[0]}-{len(running)}.log", "w")  # noqa: SIM115 (as long as the process)
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        running.append(process)
        return process

    try:
        start("scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2])
        place = ("--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
        for number in range(count):
            start("worker", address, "--name", f"w{number}", *place)
        from distributed import Client

        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)
        yield address, running
    finally:
        for process in running:
            process.kill()
            process.wait()


class Clock:
    """Seconds by the clock, and processor seconds of some processes and of all that they start."""

    def __init__(self, processes: list[psutil.Process]):
        self._roots, self._spent, self._is_over = processes, {}, threading.Event()
        self._started = time.perf_counter()
        self._before = self._sample()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[float, float]:
        """Both, since the beginning."""
        self._is_over.set()
        self._thread.join()
        before = self._before
        return time.perf_counter() - self._started, sum(n - before.get(p, 0) for p, n in self._spent.items())

    def _watch(self) -> None:
        while not self._is_over.wait(0.2):
            self._sample()

    def _sample(self) -> dict[int, float]:
        for root in self._roots:
            with suppress(psutil.NoSuchProcess):
                for process in (root, *root.children(recursive=True)):
                    with suppress(psutil.NoSuchProcess):
                        times = process.cpu_times()
                        self._spent[process.pid] = times.user + times.system
        return dict(self._spent)


def build(
    root: Path,
    output: Path,
    *options: str,
    helpers: Iterable[subprocess.Popen] = (),
    during: Callable[[int], None] = lambda done: None,
) -> tuple[tuple[float, float], dict[str, str]]:
    """Builds every edition from nothing but decoded fonts: both times, and the hash of each file, once each.

    `during` hears again and again how many files there are.
    """
    for kept in ("units", "done"):
        shutil.rmtree(root / "output/.cache" / kept, ignore_errors=True)
    words = ("--project", str(root), "build", "--output", str(output), "--json", *options)
    clock = Clock([psutil.Process(), *(psutil.Process(each.pid) for each in helpers)])
    command = [sys.executable, "-m", "builder", *words]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)
    said = None
    while said is None:
        try:
            said, _ = process.communicate(timeout=0.1)
        except subprocess.TimeoutExpired:
            done = len(list(output.glob("letters/*/*.pdf")))
            during(done)
            if sys.stderr.isatty():
                print(f"\r  {output.parent.name}: {done} files", end="\r", file=sys.stderr, flush=True)
    times = clock.stop()
    result = json.loads(said)
    assert process.returncode == 0, result["problems"]
    paths = [each["file"] for each in result["files"]]
    made = {path.relative_to(output).as_posix(): path for path in output.glob("letters/*/*.pdf")}
    assert sorted(paths) == sorted(made), "every file once, and no other"
    return times, {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in made.items()}


def killer(worker: subprocess.Popen, count: int) -> Callable[[int], None]:
    """Kills a worker once so many files are there."""
    return lambda done: worker.kill() if done >= count else None


def compare(folder: Path, count: int, workers: int) -> Iterator[tuple[str, float, float]]:
    """The name and both times of each run; all must make the same files."""
    root = make_letters(folder / "project", count)
    build(root, folder / "first", "--audience", "reader-0000")  # Fonts are decoded, for all runs alike.
    times, first = build(root, folder / "local", "--jobs", str(workers))
    assert len(first) == count
    yield f"{workers} workers of this machine", *times
    for name, is_killed in (("one of them killed in the middle", True), ("none of them killed", False)):
        with cluster(workers, folder / name) as (address, running):
            output = folder / name / "output"
            during = killer(running[-1], max(1, count // 3)) if is_killed else lambda done: None
            options = ("--executor", address)
            times, files = build(root, output, *options, helpers=running, during=during)
            assert [each.poll() is None for each in running] == [True] * workers + [not is_killed]
        assert files == first, "the same files, byte for byte"
        yield f"{workers} of a scheduler, {name}", *times


def main(count: int = 1000, workers: int = 2) -> None:
    """Prints a line for each run."""
    base = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, clock, processor in compare(Path(folder), count, workers):
            base = base or processor
            each = f"{clock / count:6.3f} s an edition, {processor / count:6.3f} s of processors, {processor / base:5.2f} x"
            print(f"{name:52}{each}", flush=True)
    print(f"{count} editions, every one once and the same byte for byte in all runs")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
