"""A forked process works, or is told why not; it never hangs, and its parent notices nothing of it."""

import os
import subprocess
import sys

import pytest
from support.raw_graph import value

from memos_graph import Memory, MemOS, Message

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")

# What each program has: an open MemOS that has embedded, and `forked(act)`, what `act()` returned in a forked process.
SETTING = """
import multiprocessing, os, sys, threading, time
from concurrent.futures import ProcessPoolExecutor
from memos_graph import ForkedError, Form, MemOS, Message, Selection, Settings

settings = Settings.load(home=sys.argv[1], neo4j_uri=None, audit_delay_ms=60_000)
fork = multiprocessing.get_context("fork")

def forked(act):
    with ProcessPoolExecutor(1, mp_context=fork) as pool:
        return pool.submit(act).result(timeout=60)

def opened():
    return MemOS.open(settings)

def mounted(memos):
    return memos.mount(sys.argv[2], principal=sys.argv[3])

def search_anew():
    with opened() as mine:
        return mounted(mine).search("When does the ferry leave?").hits[0].cube.text
"""

WORKS = {
    "after the parent embedded": "memos = opened(); notes = mounted(memos); notes.search('ferry')\nprint(forked(search_anew))",
    "after the parent closed": "with opened() as memos: mounted(memos).search('ferry')\nprint(forked(search_anew))",
    "after the parent embedded on all cores": (
        "memos = opened(); memos._services.embedder.encode([f'The ferry {i} leaves.' for i in range(400)])\n"
        "print(forked(search_anew))"
    ),
    "while the parent loads its model": (
        "memos = MemOS.open(settings, embeds=True)\nprint(forked(search_anew))\n"
        "assert mounted(memos).search('ferry').hits"
    ),
    "while the parent embeds": (
        "memos = opened(); busy = threading.Thread(target=memos._services.embedder.encode, "
        "args=([f'The ferry {i} leaves at noon.' for i in range(400)],)); busy.start(); time.sleep(0.2)\n"
        "print(forked(search_anew)); busy.join()"
    ),
    "with the parent's own embedder": (
        "memos = opened(); embedder = memos._services.embedder; embedder.encode(['ferry'])\n"
        "def embed(): return embedder.encode([f'The ferry {i} leaves at noon.' for i in range(300)]).shape\n"
        "assert forked(embed) == (300, 384); print(search_anew())"
    ),
    "after somebody computed with PyTorch": (
        "import torch; torch.rand(600, 600) @ torch.rand(600, 600); torch.rand(10**6).sort()\nprint(forked(search_anew))"
    ),
    "in a child of a child": (
        "memos = opened(); mounted(memos).search('ferry')\ndef deeper(): return forked(search_anew)\nprint(forked(deeper))"
    ),
}

REFUSED = {
    "mount": "memos.mount(sys.argv[2], principal=sys.argv[3])",
    "add": "notes.add([Message(id='n1', text='The ferry is late.')])",
    "search": "notes.search('When does the ferry leave?')",
    "search again": "notes.search('ferry')",
    "get": "notes.get(cube)",
    "update": "notes.update(cube, text='The ferry leaves at one.')",
    "history": "notes.history(cube)",
    "log": "notes.log()",
    "chat": "notes.chat('When does the ferry leave?')",
    "kv": "notes.kv.build(Selection())",
    "lora": "notes.lora.distill(Selection())",
    "export": "list(notes.export())",
    "forget": "notes.forget('Ines')",
    "audit": "notes.audit.verify()",
    "grant": "notes.grant('ben', [])",
}


@pytest.fixture
def ferry(space: Memory) -> Memory:
    space.add([Message(id="m1", speaker="Ines", text="The ferry leaves at noon.")], source="chat")
    return space


def run(memos: MemOS, space: Memory, program: str) -> "subprocess.CompletedProcess[str]":
    arguments = [str(memos._services.settings.home), space.space, space.principal]
    return subprocess.run(
        [sys.executable, "-c", SETTING + program, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("when", WORKS)
def test_a_forked_process_opens_its_own_and_finds(when: str, memos: MemOS, ferry: Memory) -> None:
    done = run(memos, ferry, WORKS[when])
    assert done.returncode == 0, done.stderr
    assert done.stdout == "The ferry leaves at noon.\n"


def test_an_inherited_memos_is_refused_with_the_reason_whatever_is_asked(memos: MemOS, ferry: Memory) -> None:
    acts = "\n".join(f"    {name!r}: lambda: {act}," for name, act in REFUSED.items())
    program = f"""
memos = opened(); notes = mounted(memos)
cube = notes.search("ferry").hits[0].cube.id
acts = {{
{acts}
}}

def told(name):
    try:
        return acts[name]()
    except ForkedError as error:
        return str(error)

with ProcessPoolExecutor(1, mp_context=fork) as pool:
    for name in acts:
        print(name, "|", pool.submit(told, name).result(timeout=30))
"""
    done = run(memos, ferry, program)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(REFUSED)
    for line in lines:
        assert "this is process" in line, line
        assert "Open MemOS in the forked process" in line


def test_the_parent_notices_nothing_of_a_child_that_ends_or_closes_what_it_inherited(
    memos: MemOS, ferry: Memory
) -> None:
    program = """
import gc
memos = opened(); notes = mounted(memos)
notes.search("ferry")
with memos.driver.session() as session, session.begin_transaction() as transaction:
    assert transaction.run("RETURN 1 AS one").single()["one"] == 1
    for close in (True, False):
        child = os.fork()
        if child == 0:
            if close:
                memos.close()
            del memos, notes, session, transaction
            gc.collect()
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
    assert transaction.run("RETURN 2 AS two").single()["two"] == 2
assert notes.search("ferry").hits
memos.close()
print("whole")
"""
    done = run(memos, ferry, program)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "whole\n"
    reads = value(memos, "MATCH (e:AuditEvent {space: $s, action: 'search'}) RETURN count(e)", s=ferry.space)
    assert reads == 2, "the reads of the parent are written once, by the parent"


def test_a_signal_ends_a_forked_process_as_ever(memos: MemOS, ferry: Memory) -> None:
    program = """
import signal
memos = opened(); notes = mounted(memos); notes.search("ferry")
child = os.fork()
if child == 0:
    time.sleep(60)
    os._exit(3)  # it outlived the signal: further on, its "child" would be 0, every process of the run
time.sleep(0.3)
os.kill(child, signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
memos.close()
"""
    done = run(memos, ferry, program)
    assert (done.returncode, done.stdout) == (0, "-15\n"), done.stderr
