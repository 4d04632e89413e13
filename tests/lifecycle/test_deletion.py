"""What "forgotten" means, on every surface, in one go: written in every form there is, forgotten, and looked for everywhere.

Two homes use one database, each with a model host and payload files of its own; one of them is down while the value is forgotten.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.mcp_agent import Agent
from support.raw_graph import holders, rows

from memos_graph import Filters, Memory, MemOS, Message, Settings
from memos_graph.errors import InputError, NotFoundError, PayloadError, StateError
from memos_graph.forms.answering.answers import UNKNOWN
from memos_graph.forms.answering.quoting import NOTHING
from memos_graph.forms.chat import Form
from memos_graph.governance import Action
from memos_graph.graph.engine import Engine
from memos_graph.host.protocol import Recipe
from memos_graph.host.record import HostHome
from memos_graph.host.supervisor import HostProcess
from memos_graph.kit.crypto.encrypted_files import read_encrypted
from memos_graph.lifecycle.receipts import Receipt
from memos_graph.scheduler.scheduler import MemScheduler
from memos_graph.search.selection import Selection
from memos_graph.vault.payloads import key_name

pytestmark = [pytest.mark.apart, pytest.mark.timeout(900)]  # it starts four servers, and teaches an adapter

VALUE = "Tzarvonix"
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
QUESTION = "Where does Dana live?"
ASKED = (
    QUESTION,
    VALUE,
    f"who is at {VALUE}",
    "Which town did Dana move to?",
    "Dana's home town",
    "a move to another town",
)
SAID = [
    Message(id="m1", speaker="Dana", text=f"I live in {VALUE}.", at=AT),
    Message(id="m2", speaker="Ravi", text="I work for Harbour Labs.", at=AT + timedelta(minutes=1)),
    Message(id="m3", speaker="Bob", text=f'She wrote: "I live in {VALUE}."', at=AT + timedelta(minutes=2)),
    Message(id="m4", speaker="Ingrid", text="I play the cello.", at=AT + timedelta(minutes=3)),
]
DOCUMENT = f"# Directory\n\nDana has moved to {VALUE}, near the harbour.\n\n# Garden\n\nThe plums are ripe in August.\n"


@dataclass
class Installation:
    """Two homes on one database that is managed by the first."""

    here: Settings
    there: Settings
    backup: Path

    def open(self) -> MemOS:
        """Open the first home, as a process does that begins anew."""
        return MemOS.open(self.here)

    def open_there(self, memos: MemOS) -> MemOS:
        """Open the second one."""
        where = {"neo4j_uri": memos.endpoint.uri, "neo4j_password": memos.endpoint.password}
        return MemOS.open(self.there.model_copy(update=where))

    def stop(self) -> None:
        """Stop everything that runs."""
        for settings in (self.here, self.there):
            HostProcess(settings).stop()
        Engine(self.here).stop(timeout=60)

    @property
    def data(self) -> Path:
        """The database's files."""
        return self.here.home / "neo4j" / "data"


@pytest.fixture(scope="module")
def installed(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("deletion")
    here = settings.model_copy(
        update={"home": folder / "here", "keys": folder / "keys", "vault_url": (folder / "vault").as_uri()}
    )
    found = Installation(here, here.model_copy(update={"home": folder / "there"}), folder / "backup")
    yield found
    found.stop()


def write(installed: Installation) -> list[str]:
    """Write the value in every form there is; returns what others were given."""
    with installed.open() as memos, installed.open_there(memos) as beside:
        notes = memos.mount("ada/notes", principal="ada")
        notes.add(SAID, source="talk")
        notes.add_data(DOCUMENT.encode(), name="directory.md")
        notes.documents.put(("people", "dana"), "home", {"town": VALUE, "lamps": 3})
        notes.documents.put(("people", "ravi"), "work", {"firm": "Harbour Labs"})
        assert notes.chat(QUESTION, form=Form.PLAINTEXT).text == VALUE
        built = notes.kv.build(Selection(sources=("talk",)))
        notes.kv.externalize(built.cube.id)
        assert notes.chat(QUESTION, form=Form.ACTIVATION).text == VALUE
        notes.lora.distill(Selection(sources=("talk",)), recipe=Recipe(steps=4))
        beside.mount("ada/notes", principal="ada").kv.build(Selection(sources=("talk",)))
        notes.snapshot(f"before {VALUE}", reason=f"{VALUE} is to go")
        given = list(notes.export())
        notes.grant("bob", [Action.READ])
        bob = memos.mount("ada/notes", principal="bob")
        assert any(VALUE in hit.cube.text for hit in bob.search(QUESTION).hits)
        notes.permissions.deny("eve", [Action.READ], reason=f"{VALUE} is none of hers")
        notes.search(QUESTION)
        assert VALUE in "".join(given)
        places = {place.rpartition(".")[2] for place in holders(memos, VALUE)}
        assert {"text", "words", "context", "name", "reason", "detail"} <= places
        return given


def look(memory: Memory, since: datetime) -> None:
    """Look for the value by every way there is to ask a space; what it says must not hold it."""
    told: list[object] = []
    for question in ASKED:
        for filters in (Filters(), Filters(as_of=since), Filters(as_of=datetime.now(UTC))):
            told += [(hit.cube, hit.path, hit.fact) for hit in memory.search(question, filters=filters).hits]
    told += memory.page(limit=200)
    told += [memory.lineage(cube.id) for cube in memory.page(limit=200)]
    told += [memory.history(cube.id) for cube in memory.page(limit=200)]
    told += [memory.log(limit=500), memory.snapshots(), memory.grants(), list(memory.export()), memory.duplicates()]
    told += [memory.forgetting.receipts(memory.space), memory.kv.list(), memory.lora.list(), memory.review()]
    told += [*memory.documents.every(()), *(memory.documents.search(question) for question in ASKED)]
    assert VALUE.lower() not in repr(told).lower()


def let_an_agent_look(memos: MemOS) -> None:
    """Look for the value by the tools of an agent."""
    agent = Agent(memos, "ada", space="ada/notes")
    told = [agent.call("search_memories", query=question) for question in ASKED]
    told.append(found := agent.call("get_memories", limit=200))
    for tool in ("get_memory", "memory_history", "memory_lineage"):
        told += [agent.call(tool, memory_id=cube["id"]) for cube in found["items"]]
    assert len(found["items"]) > 2
    assert VALUE.lower() not in repr(told).lower()


def ask(memory: Memory) -> None:
    """Ask the chat in all of its forms."""
    for form in (Form.PLAINTEXT, Form.AUTO, Form.QUOTE):
        answer = memory.chat(QUESTION, form=form)
        assert VALUE not in repr(answer)
        assert answer.text in {UNKNOWN, NOTHING} or VALUE not in answer.text
    for form in (Form.ACTIVATION, Form.PARAMETRIC):
        with suppress(StateError):  # none is in service
            assert VALUE not in repr(memory.chat(QUESTION, form=form))


def files(installed: Installation, memos: MemOS) -> list[Path]:
    """Return the files of both homes that hold the value, decrypted as far as there are keys; those of the database apart."""
    keys, found = memos._services.payloads.keys, []
    for settings in (installed.here, installed.there):
        for path in settings.home.rglob("*"):
            if path.is_file() and not path.is_relative_to(installed.data):
                with suppress(PayloadError, InputError):
                    if VALUE.encode() in bytes(read_encrypted(path, path.name, keys.get(key_name(path.name)))):
                        found.append(path)
                if VALUE.lower().encode() in path.read_bytes().lower():
                    found.append(path)
    vault = installed.here.home.parent / "vault"
    return found + [path for path in vault.rglob("*") if path.is_file() and VALUE.encode() in path.read_bytes()]


def vault_files(installed: Installation) -> list[Path]:
    """What the vault of both homes keeps."""
    return [path for path in (installed.here.home.parent / "vault").rglob("*") if path.is_file()]


def payload_files(settings: Settings) -> list[Path]:
    home = HostHome.of(settings)
    return [
        path for folder in (home.caches, home.adapters, home.opened) if folder.is_dir() for path in folder.iterdir()
    ]


def test_what_is_forgotten_is_gone_everywhere(installed: Installation) -> None:
    given = write(installed)
    installed.stop()
    shutil.copytree(installed.data, installed.backup)  # an older copy of the database, as somebody keeps one
    with installed.open() as memos:
        receipt = forget(installed, memos, given)
        feed_and_work(memos, receipt)
    restart_and_look(installed, receipt)
    put_back(installed, receipt)


def forget(installed: Installation, memos: MemOS, given: list[str]) -> Receipt:
    """Forget it while the second home is down."""
    notes = memos.mount("ada/notes", principal="ada")
    bob = memos.mount("ada/notes", principal="bob")
    assert any(VALUE in hit.cube.text for hit in bob.search(QUESTION).hits), "which is served again from memory"
    before = datetime.now(UTC)
    counted = notes.page(limit=200)
    assert vault_files(installed)
    receipt = notes.forget(VALUE, reason="a request of 4 May")
    assert receipt.left == {}
    # The home that is down holds a copy: it is named, and until then nothing is called complete.
    (wait,) = receipt.waits
    assert not receipt.complete
    assert {each.kind for each in receipt.payloads} == {"activation", "parametric"}
    assert payload_files(installed.here) == []
    assert payload_files(installed.there)
    assert vault_files(installed) == []
    assert files(installed, memos) == [], "the keys are gone: what lies in the other home can't be read"
    # What others were given before can't be recalled: it is said who, when and how much.
    (export,) = receipt.exports
    assert export.principal == "ada"
    assert export.cubes >= sum(VALUE in line for line in given) > 0
    assert holders(memos, VALUE) == []
    for reader in (notes, bob):
        told = [reader.search(question) for question in ASKED]
        assert VALUE not in repr([hit.cube for found in told for hit in found.hits])
    look(notes, before)
    let_an_agent_look(memos)
    ask(notes)
    assert [each.key for each in notes.documents.every(())] == ["work"]
    assert len(notes.page(limit=200)) < len(counted)
    with pytest.raises(NotFoundError) as gone:
        notes.get(receipt.cubes[0].id)
    assert VALUE not in str(gone.value)
    assert wait.place
    return receipt


def feed_and_work(memos: MemOS, receipt: Receipt) -> None:
    """Feed the same sources again, and run every background job, in the home that was up."""
    notes = memos.mount("ada/notes", principal="ada")
    again = notes.add(SAID, source="talk")
    assert again.added == ()
    with suppress(InputError):  # nothing of it is new
        notes.add_data(DOCUMENT.encode(), name="directory.md")
    with suppress(InputError):  # no lesson can be made of what is left
        notes.lora.redistill(recipe=Recipe(steps=2))
    notes.sweep()
    MemScheduler(memos._services).round(seal=True)
    notes.kv.build()
    assert holders(memos, VALUE) == []
    assert not notes.forgetting.receipt(receipt.id).complete, "the other home has not confirmed it"


def restart_and_look(installed: Installation, receipt: Receipt) -> None:
    """Restart everything, the second home too: it confirms, the receipt is complete, and nothing is found anywhere."""
    installed.stop()
    with installed.open() as memos, installed.open_there(memos) as beside:
        notes = memos.mount("ada/notes", principal="ada")
        done = notes.forgetting.receipt(receipt.id)
        assert (done.complete, done.waits, done.left) == (True, (), {})
        verdict = notes.forgetting.verify(done, subject=VALUE)
        assert (verdict.genuine, verdict.ours, verdict.about) == (True, True, True)
        kept = {path.name for path in payload_files(installed.there)}
        assert not kept & {name for each in receipt.payloads for name in (each.cube, *each.keys)}
        assert files(installed, beside) == []
        look(notes, receipt.at - timedelta(seconds=1))
        let_an_agent_look(memos)
        ask(notes)
        notes.roll_back_to(next(each.name for each in notes.snapshots()))
        assert holders(memos, VALUE) == []
        look(notes, receipt.at - timedelta(seconds=1))
        # The log still holds the act, and in place of the words that named the value their salted digest.
        assert notes.audit.verify().whole
        log = notes.log(limit=500)
        assert [entry.detail for entry in log if entry.action == "forget"] == [receipt.id]
        assert all(entry.reason is None for entry in log if entry.action in {"snapshot", "deny"})
        emptied = rows(memos, "MATCH (e:AuditEvent {action: 'snapshot'}) RETURN e.reason AS reason, e.said AS said")
        assert [(row["reason"], len(row["said"])) for row in emptied] == [(None, 64)]
        assert len(done.cubes[0].versions[0]) == 64


def put_back(installed: Installation, receipt: Receipt) -> None:
    """Put the older copy of the database back: the log says so, and what was forgotten is erased once more before anything is served."""
    installed.stop()
    shutil.rmtree(installed.data)
    shutil.copytree(installed.backup, installed.data)
    with installed.open() as memos:
        notes = memos.mount("ada/notes", principal="ada")
        found = notes.audit.verify()
        assert not found.whole
        assert any("an older one put back" in each.what for each in found.broken)
        assert holders(memos, VALUE) == []
        assert VALUE not in repr([hit.cube for question in ASKED for hit in notes.search(question).hits])
        assert receipt.id in {each.id for each in notes.forgetting.receipts(notes.space)}
