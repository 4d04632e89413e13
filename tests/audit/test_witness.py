"""The witness file outside the database: shared by the connections of one process and by other processes."""

import subprocess
import sys
from pathlib import Path

from memos_graph.audit.witness import Witness

ANOTHER = """
import sys
from pathlib import Path
from memos_graph.audit.witness import Witness
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


def test_its_memory_of_a_long_log_stays_small_and_reaches_back_to_its_beginning(tmp_path: Path) -> None:
    witness = Witness(tmp_path)
    for seq in range(1, 3001):
        witness.note("a/b", seq, f"h{seq}")
    kept = witness.checkpoints("a/b")
    assert len(kept) < 250
    assert max(kept) == 3000
    assert min(kept) < 100
    assert all(hash_ == f"h{seq}" for seq, hash_ in kept.items())


def test_what_spoke_against_a_log_is_kept_when_the_log_has_grown_past_it(tmp_path: Path) -> None:
    witness = Witness(tmp_path)
    witness.note("a/b", 20, "old")
    witness.contradict("a/b", (20, "old"), (6, "early"))
    witness.contradict("a/b", (20, "old"), (6, "early"))  # by another process, at once
    for seq in range(7, 60):
        witness.note("a/b", seq, "new")
    witness.close()
    (found,) = Witness(tmp_path).contradictions("a/b")
    assert (found.seq, found.seen, found.found_seq, found.found) == (20, "old", 6, "early")
    assert witness.heads()["a/b"] == (59, "new")
    witness.contradict("a/b", (59, "new"), None)
    assert "gone" in str(witness.contradictions("a/b")[-1])
    assert witness.heads() == {}
