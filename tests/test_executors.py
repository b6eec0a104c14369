"""Whoever does the work, every file is made once or named as not made, and nothing is left behind."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, wait
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from bench_executor import cluster, compare, environment, make_letters
from click.testing import CliRunner
from rich.console import Console
from support.project import BOOK, PUBLICATION, ROOT, TEMPLATES, make_project, section

from builder import pipeline, scheduling
from builder.cli import main
from builder.desk import building
from builder.desk.capacity import WORKER_BYTES, default_jobs, processors
from builder.desk.cluster import join_cluster
from builder.desk.crew import OneRun, get_to_know
from builder.desk.executors import InProcess, Workers
from builder.desk.interruption import Interrupted, ending_in_order
from builder.desk.progress import Meter
from builder.desk.worker import Worker
from builder.diagnostics import BuildProblem, Checked
from builder.futures import call
from builder.model import Deliverable, Job
from builder.orders import Order
from builder.scheduling import build_all

# Tasks, which workers import from here


def double(number: int, plus: int = 0) -> int:
    return 2 * number + plus


def fail(message: str) -> None:
    raise LookupError(message)


class Stubborn(Exception):
    """An exception that can't be made again from its arguments."""

    def __init__(self, one: str, two: str):
        super().__init__(one)


def fail_stubbornly() -> None:
    raise Stubborn("some", "words")


def die(path: str, times: int) -> str:
    """Kills its process as often as that, then returns; the file counts."""
    file = Path(path)
    tried = len(file.read_text()) if file.exists() else 0
    file.write_text("x" * (tried + 1))
    if tried < times:
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def sleep(path: str) -> None:
    Path(path).touch()
    time.sleep(60)


def die_for_press(order: Order, run: str) -> Checked[Deliverable | None]:
    if order.job.audience == "press":
        os.kill(os.getpid(), signal.SIGSEGV)
    return Checked(Deliverable(order.job, b"data", None, 1, 0.0))


class Here:
    """A hand in a thread of this process."""

    def start(self) -> None:
        pass

    def do(self, fn: Callable, args: tuple, kwargs: dict) -> object:
        return fn(*args, **kwargs)

    close = kill = start


def local(count: int) -> Workers:
    return Workers(Worker, lambda: count)


def until(is_so: Callable[[], object], seconds: float = 60) -> None:
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


# One interface


@pytest.mark.parametrize("make", [InProcess, lambda: local(2)], ids=["here", "workers"])
def test_any_function_is_done_with_its_arguments(make: Callable) -> None:
    """Results and exceptions come back through futures, whoever does the task."""
    with make() as executor:
        assert executor.submit(double, 3, plus=1).result() == 7
        assert executor.submit_weighed(5, double, 4).result() == 8
        assert list(executor.map(double, range(5))) == [0, 2, 4, 6, 8]
        with pytest.raises(LookupError, match="gone"):
            executor.submit(fail, "gone").result()
        assert executor.submit(double, 1).result() == 2


def test_what_cannot_cross_over_fails_alone() -> None:
    """An argument that can't be pickled, and an exception that can't, are errors of their own task."""
    with local(1) as executor:
        with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
            executor.submit(double, threading.Lock()).result()
        with pytest.raises(RuntimeError, match="Stubborn: some"):
            executor.submit(fail_stubbornly).result()
        assert executor.submit(double, 1).result() == 2


def test_the_heaviest_task_goes_first_also_among_those_that_come_later() -> None:
    """A free worker takes the heaviest of what waits; of equals, the one that came first."""
    begun, gate, done = threading.Event(), threading.Event(), []
    with Workers(Here, lambda: 1) as executor:
        executor.submit(lambda: (begun.set(), gate.wait()))
        begun.wait()
        for weight, name in ((1, "short"), (9, "long"), (0, "first"), (0, "second")):
            executor.submit_weighed(weight, done.append, name)
        # A task may bring more of them while it runs.
        parent = executor.submit_weighed(10, lambda: executor.submit_weighed(5, done.append, "late"))
        gate.set()
        parent.result()
    assert done == ["long", "late", "short", "first", "second"]


def test_what_is_near_a_task_goes_to_the_worker_that_did_it() -> None:
    """Of equal tasks, a worker takes its own first; what is near a task that nobody has begun goes to anybody."""
    both = threading.Barrier(2)

    def name_of_hand() -> str:
        both.wait(60)
        return threading.current_thread().name

    with Workers(Here, lambda: 2) as executor:
        tasks = [executor.submit(name_of_hand) for _ in range(2)]
        homes = [task.result() for task in tasks]
        with executor._changed:  # Nobody takes one before all are there.
            near = [executor.submit_weighed(9, name_of_hand, near=task) for task in tasks[:1] * 4 + tasks[1:] * 4]
        assert [task.result() for task in near] == homes[:1] * 4 + homes[1:] * 4
        strange = [executor.submit_weighed(1, name_of_hand, near=Future()) for _ in range(2)]
        assert sorted(task.result() for task in strange) == sorted(homes)


def test_a_worker_does_what_is_near_others_rather_than_nothing() -> None:
    """While the worker that has a task at hand is busy, an idle one does it."""
    gate = threading.Event()
    with Workers(Here, lambda: 2) as executor:
        busy = executor.submit(gate.wait, 60)
        until(lambda: executor._idle == 0 and busy.running())
        assert executor.submit_weighed(9, threading.current_thread, near=busy).result(60) is not None
        assert not busy.done()
        gate.set()


def test_no_more_workers_start_than_there_are_tasks() -> None:
    """Workers come with the tasks, up to the limit; those that were warmed count."""
    hired: list[Here] = []

    def hire() -> Here:
        hired.append(Here())
        return hired[-1]

    gate = threading.Event()
    with Workers(hire, lambda: 3) as executor:
        assert not hired
        executor.submit(gate.wait)
        assert len(hired) == 1
        for _ in range(5):
            executor.submit(gate.wait)
        assert len(hired) == 3
        gate.set()
    with Workers(hire, lambda: 3) as executor:
        executor.warm(8)
        assert len(hired) == 6


def test_whoever_is_asked_may_be_busy() -> None:
    """What is asked of those who are there brings no other; where there is nobody, one comes."""
    gate = threading.Event()
    with Workers(Here, lambda: 3) as executor:
        first = executor.ask(gate.wait)
        until(first.running)
        asked = [executor.ask(double, number) for number in (1, 2)]
        assert len(executor._hands) == 1
        gate.set()
        assert [each.result(60) for each in asked] == [2, 4]


def test_a_spare_task_is_for_whoever_has_nothing_else_to_do() -> None:
    """It brings no other worker, comes after all that is asked for later, and is left undone by those who go home."""
    gate, done = threading.Event(), []
    with Workers(Here, lambda: 3) as executor:
        first = executor.submit(gate.wait)
        until(first.running)
        spare = executor.spare(done.append, "spare")
        asked = executor.ask(done.append, "asked")
        assert len(executor._hands) == 1
        gate.set()
        asked.result(60)
        spare.result(60)
        assert done == ["asked", "spare"]
    executor = Workers(Here, lambda: 1)
    gate.clear()
    first = executor.submit(gate.wait)
    until(first.running)
    left = executor.spare(done.append, "never")
    executor.shutdown(wait=False)
    gate.set()
    executor.shutdown()
    assert left.cancelled()
    assert "never" not in done


def test_a_long_file_that_stands_is_read_in_spare_time_and_a_short_one_is_not(tmp_path: Path) -> None:
    """All of it by each who may be asked for its pages later."""
    seen: list[tuple] = []
    workers = SimpleNamespace(spare=lambda *task: seen.append(task))
    for name, size, readers in (("short.pdf", 900_000, 2), ("long.pdf", 2_000_000, 2)):
        (tmp_path / name).write_bytes(bytes(size))
        get_to_know(workers, tmp_path / name, readers)
    goes = seen[0][-1]
    assert goes > 1
    assert seen == [(call, "builder.verify.leaks.pdf_pages", "recollect", tmp_path / "long.pdf", goes)] * goes * 2
    with pytest.raises(FileNotFoundError):
        get_to_know(workers, tmp_path / "missing.pdf")


def test_a_warm_worker_has_the_typesetter() -> None:
    """A worker has loaded WeasyPrint before it gets its first task."""
    with local(1) as executor:
        executor.warm(1)
        assert executor.submit(eval, "'weasyprint' in __import__('sys').modules").result()


# Death


def test_a_task_whose_worker_died_is_tried_once_more(tmp_path: Path) -> None:
    """What died of its neighbours' hunger is done; what kills each worker fails and says how; the rest is done."""
    with local(2) as executor:
        once = executor.submit(die, str(tmp_path / "once"), 1)
        always = executor.submit(die, str(tmp_path / "always"), 99)
        others = [executor.submit(double, number) for number in range(20)]
        assert once.result() == "done"
        assert [each.result() for each in others] == [2 * number for number in range(20)]
        with pytest.raises(BrokenExecutor, match="was ended by SIGKILL, each time"):
            always.result()
    assert len((tmp_path / "always").read_text()) == 2


def test_a_file_whose_worker_dies_is_named_and_the_others_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`build_all` turns a death into an error with the name of the file, and yields every order once."""
    monkeypatch.setattr(scheduling, "begin", die_for_press)
    monkeypatch.setattr(scheduling, "build", die_for_press)
    names = ("public", "press", "analysts", "staff")
    orders = [Order(Job("book", name, "en", "pdf"), tmp_path, TEMPLATES, tmp_path) for name in names]
    with local(2) as executor:
        done = {order.job.audience: checked for order, checked in build_all(orders, executor)}
    assert sorted(done) == sorted(names)
    assert [name for name in names if done[name].value is None] == ["press"]
    (problem,) = done["press"].problems
    assert problem.code == "worker-died"
    assert problem.message == "book/press/pdf: the worker that built it was ended by SIGSEGV, each time"


def test_an_ebook_is_planned_with_the_pdf_whose_pages_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is to be set is found out once for both, and each of them is made."""
    planned: list[str] = []
    monkeypatch.setattr(scheduling, "begin", lambda order, run: planned.append(str(order.job)) or {})
    monkeypatch.setattr(scheduling, "build", lambda order, run: Checked(None))
    jobs = [Job("book", name, "en", target) for name in ("public", "press") for target in ("pdf", "pdf-grey", "epub")]
    orders = [Order(job, tmp_path, TEMPLATES, tmp_path) for job in jobs]
    executor = InProcess()
    executor.is_beside = True
    done = [order for order, _ in build_all(orders, executor)]
    assert sorted(planned) == [f"book/{name}/{target}" for name in ("press", "public") for target in ("pdf", "pdf-grey")]
    assert sorted(str(order.job) for order in done) == sorted(map(str, jobs))


def test_no_document_is_made_of_a_pdf_that_nobody_wants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an edition that is an ebook alone there is nothing to set, which its project says."""
    text = PUBLICATION.replace("public: {}", "public: {targets: [epub]}")
    world = make_project(tmp_path, {f"{BOOK}/publication.yaml": text})
    made: list[Job] = []
    monkeypatch.setattr(pipeline, "document_of", lambda project, job, *_: made.append(job) or Checked(None))
    order = Order(Job("book", "public", "en", "pdf"), world.root, world.templates, tmp_path / "cache")
    assert (pipeline.pieces_of(order, "run"), made) == ({}, [])


@pytest.mark.parametrize("target", ["pdf", "epub"])
def test_what_is_one_piece_is_made_by_whoever_finds_that_out(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter is planned and set in one task; an ebook alone has no PDF to be made with it."""
    done: list[str] = []
    made = Checked(None)
    monkeypatch.setattr(pipeline, "pieces_of", lambda *_: {})
    monkeypatch.setattr(scheduling, "pieces_of", lambda *_: {})
    for module in (pipeline, scheduling):
        monkeypatch.setattr(module, "build", lambda order, run, submit=None: done.append(str(order.job)) or made)
    orders = [Order(Job("book", name, "en", target), tmp_path, TEMPLATES, tmp_path) for name in ("public", "press")]
    tasks: list[Callable] = []

    class Counting(InProcess):
        is_beside = True

        def submit(self, fn: Callable, /, *args, **kwargs) -> Future:
            tasks.append(fn)
            return super().submit(fn, *args, **kwargs)

    assert sorted(str(order.job) for order, _ in build_all(orders, Counting())) == sorted(done)
    assert sorted(done, reverse=True) == [f"book/{name}/{target}" for name in ("public", "press")]
    assert len(tasks) == (2 if target == "pdf" else 4)


def test_what_is_abandoned_is_gone(tmp_path: Path) -> None:
    """Abandoned workers end at once, whatever they do, and no future is left that somebody would wait for."""
    before = set(psutil.Process().children(recursive=True))
    executor = local(2)
    futures = [executor.submit(sleep, str(tmp_path / str(number))) for number in range(5)]
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    children = set(psutil.Process().children(recursive=True)) - before
    started = time.monotonic()
    executor.abandon()
    assert time.monotonic() - started < 5
    assert wait(futures, timeout=1).not_done == set()
    servers = ("forkserver", "resource_tracker")
    assert [c for c in children if c.is_running() and not any(s in " ".join(c.cmdline()) for s in servers)] == []
    with pytest.raises(RuntimeError):
        executor.submit(double, 1)


def test_whoever_is_interrupted_waits_for_nobody(tmp_path: Path) -> None:
    """An exception in the run ends the workers at once, in the middle of their tasks."""
    executor = local(1)

    def run() -> None:
        with executor:
            executor.submit(sleep, str(tmp_path / "begun"))
            until((tmp_path / "begun").exists)
            raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run()
    assert time.monotonic() - started < 30


# The run


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A project of ten letters with warm fonts."""
    root = make_letters(tmp_path_factory.mktemp("letters") / "project", 10)
    (root / "output/.cache").mkdir(parents=True)
    (root / "output/.cache/fonts").symlink_to(cache / "fonts")
    return root


def start(root: Path, *words: str) -> subprocess.Popen:
    """Starts the command line as a terminal would, in a group of its own."""
    command = [sys.executable, "-m", "builder", "--project", str(root), *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=environment(), start_new_session=True, **pipes)


def of_group(group: int) -> list[str]:
    """The commands of the processes that are left of a group."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


@pytest.mark.parametrize(
    ("number", "code", "jobs"),
    [(signal.SIGINT, 130, "2"), (signal.SIGTERM, 143, "2"), (signal.SIGINT, 130, "1")],
    ids=["ctrl-c", "terminate", "ctrl-c alone"],
)
def test_a_run_that_is_told_to_end_leaves_nothing_behind(
    letters: Path, tmp_path: Path, number: signal.Signals, code: int, jobs: str
) -> None:
    """One line, no process, no temporary file, old files as they were, and sums that fit those that are new."""
    output = tmp_path / "output"
    last = "letters/reader-0009/letters-reader-0009.pdf"
    (output / last).parent.mkdir(parents=True)
    (output / last).write_bytes(b"the last good one")
    process = start(letters, "build", "--output", str(output), "--jobs", jobs)
    until(lambda: len(list(output.glob("letters/*/*.pdf"))) > 2)
    # Ctrl-C reaches all that run in the terminal; a supervisor knows the builder only.
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == code
    lines = [line for line in said.splitlines() if not line.startswith("done ")]
    assert len(lines) == 1, said
    assert re.fullmatch(r"interrupted: \d of 10 files built, the others are as they were", lines[0])
    until(lambda: not of_group(process.pid), 5)
    strays = [path for folder in (output, letters / "output") for path in folder.rglob("*") if "tmp" in path.name]
    assert strays == []
    assert (output / last).read_bytes() == b"the last good one"
    made = [path for path in output.glob("letters/*/*.pdf") if path != output / last]
    assert len(made) == int(lines[0].split()[1])
    for path in made:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in (path.parent / "SHA256SUMS").read_text()


def test_workers_end_with_a_builder_that_is_killed(tmp_path: Path) -> None:
    """Nobody can tell the workers that their builder is dead: they see it, in the middle of their tasks."""
    program = (
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom test_executors import *\n"
        f"with local(2) as executor:\n    executor.submit(sleep, {str(tmp_path / 'one')!r})\n"
        f"    executor.submit(sleep, {str(tmp_path / 'two')!r}).result()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], env=environment(), start_new_session=True)
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    process.kill()
    process.wait()
    until(lambda: not of_group(process.pid), 10)


def test_a_second_signal_does_not_disturb_the_clearing_up() -> None:
    """The first signal raises, once; what is held is done whole before."""
    done = []
    try:
        with ending_in_order() as ending:
            with ending.held():
                signal.raise_signal(signal.SIGTERM)
                done.append("whole")
            done.append("never")
    except Interrupted as stop:
        done.append(stop.code)
    assert done == ["whole", 143]
    with ending_in_order():
        try:
            signal.raise_signal(signal.SIGINT)
        except Interrupted:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


class Careless:
    """Is told to end just when it is thrown away."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def test_a_signal_that_comes_up_in_a_destructor_is_not_lost(capfd: pytest.CaptureFixture) -> None:
    """Python drops what a destructor raises: the run ends after what is held next, and nothing is printed."""
    done = []

    def run() -> None:
        with ending_in_order() as ending:
            Careless()
            with ending.held():
                done.append("whole")

    with pytest.raises(Interrupted):
        run()
    assert done == ["whole"]
    assert capfd.readouterr().err == ""


def stubborn_sleep(path: str) -> None:
    """Loses the first signal to end in a destructor."""

    class Lost:
        def __del__(self) -> None:
            sleep(path)

    Lost()
    time.sleep(60)


def test_a_worker_that_loses_the_signal_gets_another(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    """It ends in peace all the same: nothing is printed, and what it has begun to write is removed."""
    executor = local(1)
    future = executor.submit(stubborn_sleep, str(tmp_path / "begun"))
    until((tmp_path / "begun").exists)
    executor.abandon()
    with pytest.raises(BrokenExecutor, match="ended with code 143"):
        future.result(timeout=1)
    assert capfd.readouterr().err == ""


def complain(path: str) -> None:
    """Has something at hand whose destructor complains where it was not finished, as that of an archive does."""

    class Unfinished:
        def __del__(self) -> None:
            raise ValueError("not finished")

    unfinished = Unfinished()
    sleep(path)
    assert unfinished


def test_what_a_worker_leaves_half_done_is_not_complained_of(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    """What destructors say of it, after the run was told to end, is for nobody."""
    executor = local(1)
    executor.submit(complain, str(tmp_path / "begun"))
    until((tmp_path / "begun").exists)
    executor.abandon()
    assert capfd.readouterr().err == ""


def test_ctrl_c_ends_every_command_with_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before anything is built: no traceback, and the code that shells know."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("builder.load.load", interrupt)
    for words in (["check"], ["list"], ["build"]):
        result = CliRunner().invoke(main, ["--project", str(make_project(tmp_path).root), *words])
        assert (result.exit_code, result.output) == (130, "interrupted\n")


def test_a_run_lays_down_what_it_has_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reports of an edition are there with its last file, and the run keeps neither bytes nor names to its end."""
    root = make_project(tmp_path).root
    with (root / "content/publications/book/one.md").open("a", encoding="utf-8") as file:
        file.write("\nOpen. [The mine at Zanzibar will close.]{audience=press}\n")
    seen: list[tuple[str, bool, bool]] = []
    made: list[Deliverable] = []

    def step(self: Meter, name: str, is_good: bool) -> None:
        edition = name.rpartition("/")[0]
        places = (root / "output" / edition / "leak-report.json", root / ".private" / edition / "leaks.json")
        seen.append((edition, *(place.is_file() for place in places)))

    monkeypatch.setattr(Meter, "step", step)
    manifest = building._write_manifest
    monkeypatch.setattr(building, "_write_manifest", lambda *given: made.extend(given[2]) or manifest(*given))
    words = ["--project", str(root), "build", "--audience", "public", "--audience", "press", "--jobs", "1"]
    assert CliRunner().invoke(main, words).exit_code == 0
    for edition in ("book/press", "book/public"):
        assert [there for name, *there in seen if name == edition] == [[False, False], [True, True]]
    assert [(each.data, each.certificate.names) for each in made] == [(b"", ())] * 4
    for each in made:
        data = (root / "output" / each.job.path).read_bytes()
        assert (each.sha256, each.size) == (hashlib.sha256(data).hexdigest(), len(data))
    record = json.loads((root / ".private/book/public/leaks.json").read_text("utf-8"))
    assert ["one.md" in str(each["withheld"]) for each in record["files"].values()] == [True, True]


def test_what_is_up_to_date_keeps_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is to be built, the worker who had begun to load is sent home, and no scheduler is asked."""
    hired: list[Any] = []
    root, hire = make_project(tmp_path).root, OneRun.hire
    monkeypatch.setattr(building.Keeper, "find", lambda self, order: Deliverable(order.job, b"", 1, 1, 0.0, is_kept=True))
    monkeypatch.setattr(building, "_write_manifest", lambda *_: None)
    monkeypatch.setattr(OneRun, "hire", lambda self, *how: hired.append(hire(self, *how)) or hired[-1])
    for options in (["--jobs", "4"], ["--executor", "tcp://127.0.0.1:9"]):
        result = CliRunner().invoke(main, ["--project", str(root), "build", *options])
        assert "8 unchanged" in result.output, result.output
        assert isinstance(hired.pop(), InProcess)
        assert multiprocessing.active_children() == []


def test_a_machine_without_room_for_a_worker_builds_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be started, the builder makes a file alone, as it does with one worker."""

    def refuse(self: Worker) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(Worker, "_begin", refuse)
    root = make_project(tmp_path).root
    words = ["--project", str(root), "build", "--audience", "public", "--target", "pdf", "--jobs", "2"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert "1 of 1 files built" in result.output


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere no process is copied")
@pytest.mark.parametrize(("others", "kind"), [(0, "ForkProcess"), (1, "ForkServerProcess")])
def test_the_first_worker_is_a_copy_of_a_process_of_one_thread(others: int, kind: str) -> None:
    """Where other threads run, it is started like the rest; either way it does tasks, also after a death."""
    program = (
        "import os, signal, threading, time\nfrom builder.desk.executors import Workers\nfrom builder.desk.worker import early\n"
        f"for _ in range({others}): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "first = early()\nprint(type(first._process).__name__)\n"
        "with Workers(lambda: first, lambda: 1) as workers:\n"
        "    one = workers.submit(os.getpid).result()\n    os.kill(one, signal.SIGKILL)\n"
        "    other = workers.submit(os.getpid).result()\n    assert other not in (one, os.getpid())\n"
        "    print(type(first._process).__name__)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert run.stdout.split() == [kind, "ForkServerProcess"], run.stderr


# How many


def machine(root: Path, **files: str) -> Path:
    """A root with files of /proc and /sys; two underscores stand for a slash, and one for a dot before `max`."""
    names = {"meminfo": "proc/meminfo", "group": "proc/self/cgroup"}
    for name, text in files.items():
        path = root / names.get(name, f"sys/fs/cgroup/{name.replace('__', '/').replace('_max', '.max').replace('_current', '.current')}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


PLENTY = "MemTotal: 99000000 kB\nMemAvailable: 90000000 kB\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 8),
        ({"cpu_max": "max 100000\n"}, 8),
        ({"cpu_max": "300000 100000\n"}, 3),
        ({"cpu_max": "50000 100000\n"}, 1),
        ({"group": "0::/user/mine\n", "user__cpu_max": "200000 100000\n", "user__mine__cpu_max": "max 100000\n"}, 2),
        ({"cpu__cpu.cfs_quota_us": "400000", "cpu__cpu.cfs_period_us": "100000"}, 4),
        ({"cpu__cpu.cfs_quota_us": "-1", "cpu__cpu.cfs_period_us": "100000"}, 8),
        ({"meminfo": f"MemAvailable: {3 * WORKER_BYTES // 1024 + 9} kB\n"}, 3),
        ({"meminfo": "MemAvailable: 1000 kB\n"}, 1),
        ({"meminfo": PLENTY, "memory_max": str(5 * WORKER_BYTES), "memory_current": str(3 * WORKER_BYTES)}, 2),
        ({"meminfo": PLENTY, "memory_max": "max\n", "memory_current": "9\n"}, 8),
        ({"meminfo": PLENTY, "memory_max": "5\n", "memory_current": "9\n"}, 1),
        ({"memory__memory.limit_in_bytes": str(6 * WORKER_BYTES), "memory__memory.usage_in_bytes": "0"}, 6),
        ({"meminfo": "no such line\n", "cpu_max": "rubbish"}, 8),
    ],
    ids=lambda value: None if isinstance(value, int) else ",".join(value) or "nothing known",
)
def test_the_number_of_workers_is_what_processors_and_memory_allow(
    files: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Affinity, control groups of either version and those around them, and free memory limit it; at least one."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert default_jobs(machine(tmp_path, **{"meminfo": PLENTY, **files})) == expected


def test_processors_are_those_that_the_process_may_use() -> None:
    """A process that was bound to one processor counts one."""
    command = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); from builder.desk.capacity import *; print(processors())"
    done = subprocess.run([sys.executable, "-c", command], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert processors() >= 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--jobs", "0"], "0 is not in the range 1<=x<=1024"),
        (["--jobs", "-2"], "-2 is not in the range"),
        (["--jobs", "many"], "'many' is not a valid integer"),
        (["--jobs", "5000"], "5000 is not in the range"),
        (["--executor", "scheduler"], "expected an address like tcp://scheduler:8786, found 'scheduler'"),
        (["--executor", "http://scheduler:8786"], "expected an address like"),
        (["--executor", "tcp://scheduler"], "expected an address like"),
        (["--jobs", "2", "--executor", "tcp://scheduler:8786"], "choose one of --jobs and --executor"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_number_or_address_is_an_error(tmp_path: Path, words: list[str], said: str) -> None:
    """It says what was expected, before anything is built."""
    root = make_project(tmp_path).root
    result = CliRunner().invoke(main, ["--project", str(root), "build", *words])
    assert result.exit_code == 2
    assert said in result.output
    assert not (root / "output").exists()


def test_the_help_says_the_number() -> None:
    """`builder build --help` names the default of this machine."""
    text = " ".join(CliRunner().invoke(main, ["build", "--help"]).output.split())
    assert f"processors and memory allow, here {default_jobs()}." in text


# Progress


def test_progress_is_a_line_for_each_file_elsewhere_than_on_a_terminal(capsys: pytest.CaptureFixture) -> None:
    """Parts of files are not told; nothing is told where nobody asks."""
    for is_shown in (True, False):
        with Meter(None, 2, is_shown) as meter:
            meter.step("book/public/pdf", True)
            meter.expect(1)
            meter.advance("a chapter")
            meter.step("book/press/pdf", False)
        assert capsys.readouterr().err == ("done book/public/pdf\nfailed book/press/pdf\n" if is_shown else "")


def test_progress_on_a_terminal_is_one_bar_whose_total_can_grow(capsys: pytest.CaptureFixture) -> None:
    """The bar says how much of how much, and how long it still takes."""
    with Meter(Console(force_terminal=True, width=100), 2, True) as meter:
        meter.step("book/public/pdf", True)
        assert meter.bar is not None
        meter.expect(3)
        meter.advance("a chapter")
        meter.bar.refresh()
    out = capsys.readouterr().out
    assert "2/5" in out
    assert re.search(r"\d+:\d\d|-:--", out)
    assert "done book" not in out


# Many machines


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers."""
    with cluster(2, tmp_path_factory.mktemp("dask")) as (address, _):
        yield address


@pytest.mark.slow
def test_a_cluster_makes_the_same_files_though_a_worker_dies(tmp_path: Path) -> None:
    """Letters built here, on a cluster, and on one that loses a worker: each is there once, byte for byte the same."""
    assert len(list(compare(tmp_path, 24, 2))) == 3


def test_a_cluster_has_the_same_interface(scheduler: str, letters: Path) -> None:
    """Any function with its arguments, exceptions too; the cluster outlives the run."""
    for _ in range(2):
        with join_cluster(scheduler, letters, TEMPLATES) as executor:
            assert executor.submit(pow, 3, 2).result() == 9
            assert list(executor.map(abs, [-1, -2, -3])) == [1, 2, 3]
            futures: list[Future] = [executor.submit_weighed(number, pow, number, 2) for number in range(9)]
            assert [future.result() for future in futures] == [number**2 for number in range(9)]
            with pytest.raises(ZeroDivisionError):
                executor.submit(divmod, 1, 0).result()


def test_a_worker_that_sees_other_words_does_nothing(scheduler: str, letters: Path, tmp_path: Path) -> None:
    """What is changed after the run began is not built by anybody: half the files would have other words."""
    root = tmp_path / "project"
    shutil.copytree(letters / "content", root / "content")
    with join_cluster(scheduler, root, TEMPLATES) as executor:
        assert executor.submit(abs, -1).result() == 1
        letter = next(root.glob("content/publications/letters/*.md"))
        letter.write_text(letter.read_text() + "More.\n")
        with pytest.raises(BuildProblem, match=r"worker-differs.*: it sees other content or templates"):
            executor.submit(abs, -1).result()


@pytest.mark.slow
def test_a_worker_with_another_program_or_with_threads_is_refused(letters: Path, tmp_path: Path) -> None:
    """Each worker is asked before the run: one with another builder, or with two threads, ends it with its name."""
    other = tmp_path / "other"
    shutil.copytree(ROOT / "builder", other / "builder", ignore=shutil.ignore_patterns("__pycache__"))
    (other / "builder/__init__.py").write_text((other / "builder/__init__.py").read_text() + "# changed\n")
    for words, path, said in (
        (("--nthreads", "1"), other, "it runs another version of the builder, of Python or of a library"),
        (("--nthreads", "2"), ROOT, "it has 2 threads"),
    ):
        with cluster(1, tmp_path / f"dask-{words[1]}") as (address, _):
            command = [sys.executable, "-m", "dask", "worker", address, *words, "--no-nanny", "--no-dashboard"]
            env = {**environment(), "PYTHONPATH": str(path)}
            place = ["--local-directory", str(tmp_path)]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            worker = subprocess.Popen([*command, *place], env=env, cwd=tmp_path, **quiet)
            try:
                from distributed import Client

                with Client(address, set_as_default=False) as client:
                    client.wait_for_workers(2, timeout=60)
                result = start(letters, "build", "--executor", address, "--output", str(tmp_path / "output"))
                _, err = result.communicate(timeout=60)
            finally:
                worker.kill()
                worker.wait()
        assert result.returncode == 3
        assert err.count("error[worker-differs]: the worker tcp://127.0.0.1:") == 1, err
        assert said in err
        assert "hint: " in err
        assert list((tmp_path / "output").glob("*/*/*.pdf")) == []


def test_a_cluster_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No scheduler, or no library to ask it with: one line and what to do, exit code 3."""
    from builder.desk import cluster as module

    root = make_project(tmp_path).root
    monkeypatch.setattr(module, "CONNECT", 0.5)
    words = ["--project", str(root), "build", "--executor", "tcp://127.0.0.1:9"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 3
    assert "error[environment]: no scheduler answers at tcp://127.0.0.1:9" in result.output
    assert "hint: start one with: dask scheduler" in result.output
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = CliRunner().invoke(main, [*words, "--json"])
    assert result.exit_code == 3
    (problem,) = json.loads(result.stdout)["problems"]
    assert problem["message"] == "a cluster needs the library distributed, which is not installed"
    assert problem["hint"] == "run: python -m pip install 'edition-builder[cluster]'"


def test_the_library_of_clusters_is_loaded_by_those_who_ask_only() -> None:
    """Neither the command nor a worker imports dask."""
    command = "import sys, builder.cli, builder.desk.building, builder.desk.warm; print({'dask', 'distributed'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", command], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.slow
def test_a_task_that_kills_workers_of_a_cluster_is_given_up(letters: Path, tmp_path: Path) -> None:
    """The scheduler tries elsewhere as often as it was told; then the task fails, and the others are done."""
    with (
        cluster(3, tmp_path / "dask", allowed_failures=1) as (address, workers),
        join_cluster(address, letters, TEMPLATES) as executor,
    ):
        futures = [executor.submit(pow, number, 2) for number in range(5)]
        with pytest.raises(BrokenExecutor, match="died, and so did others"):
            executor.submit(die, str(tmp_path / "deaths"), 99).result(timeout=60)
        futures += [executor.submit(pow, number, 2) for number in range(5)]
        assert [future.result(timeout=60) for future in futures] == [0, 1, 4, 9, 16] * 2
        assert sorted(worker.poll() is None for worker in workers) == [False, False, True, True]
    assert len((tmp_path / "deaths").read_text()) == 2


@pytest.mark.slow
def test_a_cluster_that_dies_ends_the_run_with_an_error(
    letters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last worker is gone and none comes, each task fails by itself; nobody waits for ever."""
    from builder.desk import cluster as module

    monkeypatch.setattr(module, "PATIENCE", 1.0)
    with cluster(1, tmp_path) as (address, workers), join_cluster(address, letters, TEMPLATES) as executor:
        future = executor.submit(time.sleep, 60)
        time.sleep(1)
        workers[-1].kill()
        with pytest.raises(BrokenExecutor, match="was lost, and no other has come"):
            future.result(timeout=60)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_edit_makes_what_a_first_build_makes_whoever_reads_the_old_file(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, jobs: str
) -> None:
    """The worker reads the pages of the file that stands in its place, before it sets those that are missing."""
    monkeypatch.setattr("builder.desk.crew.LONG", 0)
    monkeypatch.setattr("builder.verify.leaks.certify.LONG", 0)
    make_project(tmp_path / "project")
    (tmp_path / "project/output/.cache").mkdir(parents=True)
    (tmp_path / "project/output/.cache/fonts").symlink_to(cache / "fonts")
    made = []
    for words, folder in (("Some first words.", "one"), ("Some other words.", "one"), ("Some other words.", "two")):
        (tmp_path / f"project/{BOOK}/one.md").write_text(section(words), "utf-8")
        words = ["build", "--audience", "public", "--target", "pdf", "--jobs", jobs, "--output", str(tmp_path / folder)]
        done = CliRunner().invoke(main, ["--project", str(tmp_path / "project"), *words])
        assert done.exit_code == 0, done.output
        made.append(next((tmp_path / folder).rglob("*.pdf")).read_bytes())
    assert made[0] != made[1]
    assert made[1] == made[2]
