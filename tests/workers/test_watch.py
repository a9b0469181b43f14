"""The thread that looks for lost jobs lives in a process that forks."""

from __future__ import annotations

import os
import threading
import time

import pytest

from workers import jobs, watch


@pytest.mark.django_db(transaction=True)
def test_no_process_is_forked_in_the_middle_of_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looking, looked = threading.Event(), threading.Event()

    def take_long() -> int:
        looking.set()
        time.sleep(0.3)
        looked.set()
        return 0

    monkeypatch.setattr(jobs, "requeue_lost", take_long)
    watcher = threading.Thread(target=watch.look)
    watcher.start()
    assert looking.wait(10)
    child = os.fork()
    if child == 0:
        os._exit(0 if looked.is_set() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    watcher.join(10)


def test_a_forked_process_can_look_and_fork_itself() -> None:
    child = os.fork()
    if child == 0:
        os._exit(int(watch._looking.locked()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not watch._looking.locked()


@pytest.mark.django_db(transaction=True)
def test_a_look_that_fails_is_logged_and_the_next_one_looks_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = iter([OSError("no database"), 2])

    def answer() -> int:
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(jobs, "requeue_lost", answer)
    watch.look()
    watch.look()
    assert [record.message for record in caplog.records] == [
        "The look for lost jobs failed; the next one may not",
        "2 lost jobs were queued again",
    ]
