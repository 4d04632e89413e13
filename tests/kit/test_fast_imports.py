"""What a program imports at its start is not looked through for garbage, then or later; what comes after is."""

import subprocess
import sys

_PROGRAM = """
import gc
from memos_graph.kit.fast_imports import gc_paused

seen = []
gc.callbacks.append(lambda phase, info: seen.append(phase))
with gc_paused():
    import memos_graph.errors
    made = [[] for _ in range(100_000)]
assert not seen, "it was looked for garbage"
assert gc.get_freeze_count() > 100_000
try:
    with gc_paused():
        raise ImportError
except ImportError:
    pass
assert gc.isenabled()
made += [[] for _ in range(100_000)]
assert seen, "nothing was looked for any more"
"""


def test_nothing_is_collected_meanwhile_and_all_as_ever_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
