"""A LangGraph agent that remembers from one run to the next; its model is scripted, so that it needs no network and no key.

    pip install 'memos-graph[langgraph,managed]' langgraph
    python examples/langgraph_agent.py "Remember that I eat no meat."
    python examples/langgraph_agent.py "What will you cook for my dinner?"

The second run is another process: it knows what the first was told, from the graph. Put any chat model in place of ``Scripted``.
"""

import getpass
import sys
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.store.base import BaseStore

from memos_graph import Memory, MemOS
from memos_graph.langgraph import MemosStore

NOTES = ("agent", "notes")
ASKED_TO = "remember that "


class Scripted(BaseChatModel):
    """Says what a language model would: it calls the tool ``remember`` when it is asked to, and answers from what it is shown."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        shown, last = str(messages[0].content), messages[-1]
        said = str(last.content)
        if isinstance(last, ToolMessage):
            answer = AIMessage(f"I will remember: {said}")
        elif said.lower().startswith(ASKED_TO):
            call = {"name": "remember", "args": {"text": said[len(ASKED_TO) :]}, "id": "call-1"}
            answer = AIMessage("", tool_calls=[call])
        else:
            answer = AIMessage(f"You told me: {shown}" if shown else "You have told me nothing about that.")
        return ChatResult(generations=[ChatGeneration(message=answer)])


def think(state: MessagesState, *, store: BaseStore) -> dict[str, Any]:
    """Have the model answer, with what the store has about it."""
    question = next(str(each.content) for each in state["messages"] if isinstance(each, HumanMessage))
    notes = "\n".join(item.value["text"] for item in store.search(NOTES, query=question, limit=3))
    return {"messages": [Scripted().invoke([SystemMessage(notes), *state["messages"]])]}


def remember(state: MessagesState, *, store: BaseStore) -> dict[str, Any]:
    """Do what the model asked for: put a note into the store."""
    (call,) = state["messages"][-1].tool_calls
    text = call["args"]["text"]
    store.put(NOTES, key=text[:100], value={"text": text})
    return {"messages": [ToolMessage(text, tool_call_id=call["id"])]}


def turn(space: Memory, said: str) -> str:
    """Return what the agent answers; what it remembers is kept in ``space``."""
    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("remember", remember)
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", lambda state: "remember" if state["messages"][-1].tool_calls else END)
    graph.add_edge("remember", "think")
    agent = graph.compile(store=MemosStore(space))
    return str(agent.invoke({"messages": [HumanMessage(said)]})["messages"][-1].content)


def main(said: str) -> None:
    user = getpass.getuser()
    with MemOS.open() as memos:
        print(turn(memos.mount(f"{user}/agent", principal=user), said))


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "What have I told you?")
