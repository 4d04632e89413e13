"""The witness file outside the database: shared by the connections of one process and by other processes."""

import subprocess
import sys
from pathlib import Path

from memos_graph.infrastructure.audit.witness import Witness

ANOTHER = """
import sys
from pathlib import Path
from memos_graph.infrastructure.audit.witness import Witness
witness = Witness(Path(sys.argv[1]))
witness.note("a/b", int(sys.argv[2]), "theirs")
witness.close()
"""


def test_one_process_may_open_it_twice_while_others_come_and_go(tmp_path: Path) -> None:
    first, count = Witness(tmp_path), 40
    for number in range(1, count):
        first.note("a/b", 10 * number, "ours")
        # A second one in this process must not lose the first one's locks as it comes and goes.
        second = Witness(tmp_path)
        second.note("a/c", number, "second")
        second.close()
        if number % 10 == 0:
            subprocess.run(
                [sys.executable, "-c", ANOTHER, str(tmp_path), str(10 * number + 1)], check=True, timeout=120
            )
            assert first.heads()["a/b"] == (10 * number + 1, "theirs")
    first.close()
    assert Witness(tmp_path).heads() == {"a/b": (10 * (count - 1), "ours"), "a/c": (count - 1, "second")}
    assert first.path.stat().st_mode & 0o777 == 0o600
