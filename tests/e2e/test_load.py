"""Some visitors at once on the stack of `make run`; `make load` lets fifty in, for longer."""

from __future__ import annotations

import time

from tests import load
from tests.e2e.conftest import Site


def test_visitors_at_once_get_no_error_and_are_served_in_turn(site: Site) -> None:
    started, database = time.time(), site.var / "db.sqlite3"

    def enough() -> bool:
        waits = load.waits_in(database, "prints", started)
        return len(waits) >= 10 and len({wait.owner for wait in waits}) >= 4

    answers = load.run_visit(site.address, visitors=7, seconds=240, think_s=0.3, arrival_s=1, enough=enough)
    assert [answer.problem for answer in answers if answer.problem] == []
    assert {"studio", "POST generate", "POST upload", "poll"} <= {answer.route for answer in answers}
    assert enough()
    assert max(wait.passed_by for wait in load.waits_in(database, "prints", started)) <= 1
