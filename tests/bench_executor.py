"""Many personal editions, built by the workers of this machine and by those of a scheduler: what the cluster costs.

Not a test, and not run by `make test`, which tries the same with fewer (`test_executors.py`):

    .venv/bin/python tests/bench_executor.py [EDITIONS] [WORKERS]

Makes a publication with so many one-page editions, each with a letter to one reader. Builds them with the
warm workers of this machine; with a scheduler and as many workers on loopback; and with these again, of
which one is killed in the middle. Every file must be there once, and the same each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
        "sections:\n" + "".join(f"  - {{file: {name}.md, audience: {name}}}\n" for name in names)
        + "editions:\n"
        + "".join(f"  {name}: {{layout: brief}}\n" for name in names),
    }
    for number, name in enumerate(names):
        files[f"{BOOK}/{name}.md"] = (
            f"---\nid: {name}\ntitle: Letter {number}\n---\n"
            f"For one reader alone, under the number {7_000_000 + number * 7919}.\n\n"
            "The same words for everybody, in a paragraph that is as long as one of a letter is wont to be.\n"
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
    """A scheduler on loopback: its address, and its workers, which have one thread each."""
    env = environment()
    env["PYTHONPATH"] += f"{os.pathsep}{Path(__file__).parent}"
    env["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = str(allowed_failures)
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
        workers = [start("worker", address, "--name", f"w{number}", *place) for number in range(count)]
        from distributed import Client

        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)
        yield address, workers
    finally:
        for process in running:
            process.kill()
            process.wait()


def build(
    root: Path, output: Path, *options: str, during: Callable[[], None] | None = None
) -> tuple[float, dict[str, str]]:
    """Builds every edition: seconds, and the hash of each file that the run says it made, once each."""
    words = ("--project", str(root), "build", "--output", str(output), "--json", *options)
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "builder", *words], env=environment(), stdout=subprocess.PIPE, text=True
    )
    if during is not None:
        during()
    said, _ = process.communicate()
    seconds = time.perf_counter() - started
    result = json.loads(said)
    assert process.returncode == 0, result["problems"]
    paths = [each["file"] for each in result["files"]]
    made = {path.relative_to(output).as_posix(): path for path in output.glob("letters/*/*.pdf")}
    assert sorted(paths) == sorted(made), "every file once, and no other"
    return seconds, {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in made.items()}


def killer(worker: subprocess.Popen, output: Path, count: int) -> Callable[[], None]:
    """Kills a worker once so many files are there."""

    def kill() -> None:
        while len(list(output.glob("letters/*/*.pdf"))) < count:
            time.sleep(0.02)
        worker.kill()

    return kill


def compare(folder: Path, count: int, workers: int) -> dict[str, float]:
    """Seconds of each of the three runs, which must have made the same files."""
    root = make_letters(folder / "project", count)
    build(root, folder / "first", "--audience", "reader-0000")  # Fonts are decoded, for all runs alike.
    seconds, files = {}, {}
    name = f"{workers} workers of this machine"
    seconds[name], files[name] = build(root, folder / "local", "--jobs", str(workers))
    with cluster(workers, folder / "dask") as (address, running):
        name = f"{workers} workers of a scheduler"
        seconds[name], files[name] = build(root, folder / "cluster", "--executor", address)
        name = "the same, one killed in the middle"
        during = killer(running[0], folder / "killed", max(1, count // 3))
        seconds[name], files[name] = build(root, folder / "killed", "--executor", address, during=during)
        assert running[0].poll() is not None, "the worker was killed"
    first = next(iter(files.values()))
    assert len(first) == count
    assert all(each == first for each in files.values()), "the same bytes each time"
    return seconds


def main(count: int = 60, workers: int = 2) -> None:
    """Prints a line for each run."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = compare(Path(folder), count, workers)
    base = next(iter(seconds.values()))
    for name, each in seconds.items():
        print(f"{name:36} {each:8.1f} s {each / count * 1000:7.0f} ms an edition {each / base:6.2f} x")
    print(f"{count} editions, every one once and equal byte for byte in all runs")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
