"""Memory as LoRA adapters: taught, measured, asked, withdrawn when a source goes, distilled anew, externalized."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from support.raw_graph import leave_engines
from support.remote_stand_in import remote_model, stand_in
from uuid_utils import uuid4

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.errors import InputError, StateError
from memos_graph.forms.answering.lines import ranked_lines
from memos_graph.forms.answering.plans import Asked
from memos_graph.forms.chat import Chat, ChatAnswer, Form
from memos_graph.forms.distillation import Distillation
from memos_graph.forms.materialize import linked
from memos_graph.host.protocol import Recipe, Turn
from memos_graph.host.remote import RemoteModel
from memos_graph.types import State

pytestmark = pytest.mark.timeout(900)  # distilling takes a minute or two, more on a busy machine
FEW_STEPS = Recipe(steps=60)  # enough for four facts
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
SAID = [
    ("Dana", "I moved to Lisbon."),
    ("Ravi", "I work for Harbour Labs."),
    ("Ingrid", "I play the cello."),
    ("Olga", "I am allergic to hazelnuts."),
]
NOT_TAUGHT = ("Kim", "The ferry was painted green over the winter.")  # no question of recall-tiny's is about a ferry


@pytest.fixture(scope="module")
def taught(memos: MemOS) -> Iterator[tuple[Memory, Distillation, list[int]]]:
    """A space of which an adapter was distilled; distilling takes long, so the tests of this file share one."""
    principal = f"u{uuid4().hex[:12]}"
    memory = memos.mount(f"{principal}/notes", principal=principal)
    memory.add(
        [Message(id=f"m{i}", speaker=s, text=t, at=AT) for i, (s, t) in enumerate([*SAID, NOT_TAUGHT])], source="talk"
    )
    seen: list[int] = []
    yield memory, memory.lora.distill(recipe=FEW_STEPS, progress=lambda step, _steps, _loss: seen.append(step)), seen
    leave_engines(memos, principal)


def test_it_learns_and_is_measured_before_it_serves(taught: tuple[Memory, Distillation, list[int]]) -> None:
    memory, done, seen = taught
    assert done.accepted
    assert seen == sorted(seen)
    assert len(seen) > 2
    found = done.evaluation
    assert found.facts == len(SAID)
    assert [line.partition(": ")[2] for line in found.untaught] == [NOT_TAUGHT[1]]
    assert found.untaken == ()
    assert found.sure >= 0.6
    assert found.closed_book >= 0.8
    assert found.closed_book_base <= 0.2
    assert found.in_context >= found.in_context_base - 0.03
    (listed,) = memory.lora.list()
    assert (listed.id, listed.state, listed.usable, listed.sources) == (
        done.cube.id,
        State.ACTIVATED,
        True,
        len(SAID) + 1,
    )
    assert len(memory.lineage(done.cube.id).upstream()) == len(SAID) + 1


@pytest.mark.alone
def test_what_can_not_be_taught_leaves_no_cube_and_is_told_of_once(memos: MemOS) -> None:
    principal = f"u{uuid4().hex[:12]}"
    memory = memos.mount(f"{principal}/notes", principal=principal)
    memory.add([Message(id="m1", text="The ferry was painted green over the winter.", at=AT)], source="talk")
    adapters = memos._services.host.process.home.adapters
    before = set(adapters.iterdir()) if adapters.exists() else set()
    with pytest.raises(InputError):
        memory.lora.distill()
    assert memory.lora.list() == []
    assert set(adapters.iterdir()) == before
    assert memos._services.payloads.waiting(memory.space) == []


def test_a_chat_answers_from_it_without_any_text(taught: tuple[Memory, Distillation, list[int]]) -> None:
    memory, done, _ = taught
    answer = memory.chat("In which city does Dana live?", form=Form.PARAMETRIC)
    assert (answer.text, answer.form, answer.payload) == ("Lisbon", Form.PARAMETRIC, done.cube.id)
    plain = memory.chat("In which city does Dana live?", form=Form.PLAINTEXT)
    assert answer.usage.prompt_tokens < plain.usage.prompt_tokens
    assert memory.lora.unload(done.cube.id).count == 1
    assert memory.lora.unload(done.cube.id).count == 0
    assert memory.lora.load(done.cube.id).loaded
    assert memory.lora.evaluate(done.cube.id).facts == len(SAID)


def test_what_it_did_not_learn_is_read_as_text_beside_it(
    taught: tuple[Memory, Distillation, list[int]], memos: MemOS
) -> None:
    memory, done, _ = taught
    planner = memos._services.chat._planner
    plans = {}
    for question in ("In which city does Dana live?", "When was the ferry painted green?"):
        found = memory.search(question)
        lines = ranked_lines(
            memos._services.runner, memos._services.embedder, found, space=memory.space, principal=memory.principal
        )
        asked = Asked(
            turns=(Turn(role="user", text=question),),
            found=found,
            lines=lines.lines,
            rest=lines.rest,
            max_new_tokens=8,
            space=memory.space,
            principal=memory.principal,
        )
        plans[question] = planner.plan(asked, Form.PARAMETRIC)
        assert plans[question].payload == done.cube.id
        assert {line.text.partition(": ")[2] for line in plans[question].cached} == {text for _, text in SAID}
    dana, ferry = plans.values()
    assert len(ferry.lines) == len(ferry.cached) + 1
    assert NOT_TAUGHT[1] in ferry.lines[-1].text
    assert {line.cube for line in dana.lines} - {line.cube for line in dana.cached} <= {ferry.lines[-1].cube}
    read = memory.chat("When was the ferry painted green?", form=Form.PARAMETRIC)
    alone = memory.chat("In which city does Dana live?", form=Form.PARAMETRIC)
    assert read.usage.prompt_tokens > alone.usage.prompt_tokens, "the ferry's line is in it"
    assert alone.text == "Lisbon"


def test_the_concepts_of_a_question_lead_to_it(taught: tuple[Memory, Distillation, list[int]], memos: MemOS) -> None:
    memory, done, _ = taught
    model = str(done.cube.base_model)
    mentioned = sorted({str(hit.path.concept) for hit in memory.search("Who plays the cello?").hits if hit.path})
    assert mentioned
    runner = memos._services.runner
    found = linked(runner, model, mentioned, space=memory.space, principal=memory.principal)
    assert found is not None
    assert found.id == done.cube.id
    assert found.covered <= len(found.lines) == len(SAID) + 1
    (text,) = found.unlearned
    assert memory.get(text).text == NOT_TAUGHT[1]
    assert linked(runner, model, ["submarine"], space=memory.space, principal=memory.principal) is None
    assert linked(runner, "another model", mentioned, space=memory.space, principal=memory.principal) is None
    assert linked(runner, model, mentioned, space=memory.space, principal="nobody") is None


def test_vllm_is_told_to_load_it_and_to_give_it_up(
    taught: tuple[Memory, Distillation, list[int]], memos: MemOS
) -> None:
    memory, done, _ = taught
    services = memos._services
    with stand_in() as (url, server):
        remote = remote_model(Settings.load(llm_url=url, llm_model="m", llm_engine="vllm"))
        chat = Chat(
            services.runner, services.audit, services.embedder, services.host, remote, capable=True, window=8192
        )
        found = memory.search("In which city does Dana live?")
        turn = Turn(role="user", text="In which city does Dana live?")
        where = {"space": memory.space, "principal": memory.principal}
        *_, answer = chat.answer([turn], found, form=Form.PARAMETRIC, max_new_tokens=8, **where)
        assert isinstance(answer, ChatAnswer)
        assert (answer.payload, server.adapters) == (done.cube.id, [done.cube.id])
        opened = services.host.process.home.opened / done.cube.id
        assert server.seen[0]["lora_path"] == str(opened)
        assert {path.name for path in opened.iterdir()} == {"adapter_model.safetensors", "adapter_config.json"}
        assert server.seen[1]["model"] == done.cube.id
        with pytest.raises(StateError, match="plaintext memory"):
            list(chat.answer([turn], found, form=Form.ACTIVATION, max_new_tokens=8, **where))
        remote.unload(done.cube.id)
        assert server.adapters == []
        chat.close()


def test_an_engine_is_handed_no_adapter_of_what_it_may_not_see(
    taught: tuple[Memory, Distillation, list[int]], memos: MemOS, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, done, _ = taught
    services = memos._services
    monkeypatch.setattr(RemoteModel, "may_see", lambda _, text: "hazelnuts" not in text)
    with stand_in() as (url, server):
        remote = remote_model(Settings.load(llm_url=url, llm_model="m", llm_engine="vllm"))
        chat = Chat(
            services.runner, services.audit, services.embedder, services.host, remote, capable=True, window=8192
        )
        turn = Turn(role="user", text="In which city does Dana live?")
        where = {"space": memory.space, "principal": memory.principal}
        with pytest.raises(StateError, match=f"{done.cube.id} was taught what is more sensitive"):
            list(chat.answer([turn], memory.search(turn.text), form=Form.PARAMETRIC, max_new_tokens=8, **where))
        assert (server.adapters, server.seen) == ([], [])


def test_what_it_holds_can_be_written_down_again(taught: tuple[Memory, Distillation, list[int]]) -> None:
    memory, done, _ = taught
    written = memory.lora.externalize(done.cube.id)
    assert any("Lisbon" in statement for statement in written.statements)
    again = memory.lora.externalize(done.cube.id)
    assert set(again.cubes) == set(written.cubes)
    upstream = memory.lineage(written.cubes[0]).upstream()
    assert done.cube.id in {node.id for node in upstream}


def test_deleting_a_source_takes_it_out_of_service_at_once_and_it_is_distilled_anew_without_it(
    taught: tuple[Memory, Distillation, list[int]], memos: MemOS
) -> None:
    memory, done, _ = taught
    home = memos._services.host.process.home
    folder, opened = home.adapters / done.cube.id, home.opened / done.cube.id
    assert folder.exists()
    assert opened.exists(), "as another engine read it before"
    said = next(cube.id for cube in memory.page(level="whole") if cube.text == "I moved to Lisbon.")
    memory.delete(said)
    assert not folder.exists()
    assert not opened.exists()
    with pytest.raises(StateError, match="not in service"):
        memory.lora.load(done.cube.id)
    with pytest.raises(StateError, match="adapter"):
        memory.chat("Where does Ravi work?", form=Form.PARAMETRIC)
    assert all("Lisbon" not in cube.text for cube in memory.page(limit=200))
    (again,) = memory.lora.redistill(recipe=FEW_STEPS)
    assert again.evaluation.facts == len(SAID) - 1
    assert memory.lora.redistill() == []
    assert memory.chat("Who does Ravi work for?", form=Form.PARAMETRIC).text == "Harbour Labs"
    assert "Lisbon" not in memory.chat("In which city does Dana live?", form=Form.PLAINTEXT).text
