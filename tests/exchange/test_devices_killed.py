"""The process that syncs is killed in the middle, and the service that it syncs with goes on: the next sync does the rest."""

import subprocess
import sys

from support.devices import stands

from memos_graph import Memory, MemOS, Message

PROGRAM = """
import os, signal, sys, threading
from memos_graph import MemOS, Settings

home, url, key, laptop, phone, principal, delay = sys.argv[1:]
with MemOS.open(Settings.load(home=home, neo4j_uri=None)) as memos, MemOS.connect(url, key) as client:
    here, there = memos.mount(laptop, principal=principal), client.mounted(phone)
    memos.warm_up()
    threading.Timer(float(delay), os.kill, (os.getpid(), signal.SIGKILL)).start()
    print(here.sync(there).in_step)
"""


def test_a_sync_whose_process_is_killed_is_taken_up_again(memos: MemOS, service: str, principal: str) -> None:
    laptop, phone = (memos.mount(f"{principal}/{name}", principal=principal) for name in ("laptop", "phone"))
    _, key = memos.installation.keys.create(principal, label="laptop")
    said = [Message(id=f"m{number}", text=f"Shelf {number} holds plates.") for number in range(30)]
    for each, name in ((laptop, "here"), (phone, "there")):
        each.add(said, source=name)
    shared = laptop.add([Message(id="s1", text="Dana lives in Lisbon.")], source="both").added[0]
    home = str(memos.settings.home)
    killed = 0
    for delay in ("0.2", "0.5", "1.0"):
        laptop.update(shared, text=f"Dana lives in Lisbon, since {delay}.")
        asked = [home, service, key, laptop.space, phone.space, principal, delay]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *asked], capture_output=True, text=True, timeout=120, check=False
        )
        assert key not in done.stderr
        killed += done.returncode != 0
    assert killed
    assert laptop.sync(phone).in_step
    assert stands(laptop) == stands(phone)
    assert len(stands(laptop)) == 61
    assert _facts(laptop) == _facts(phone)
    assert laptop.audit.verify().broken == phone.audit.verify().broken == ()


def _facts(memory: Memory) -> list[str]:
    return sorted(each.text for each in memory.page(level="fact", limit=200) if each.state == "activated")
