"""Acts of test_leakage.py that change memories, grants, denials, roles and mandates."""

import random
from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule
from leakage_model import EVERY, Mandate, Permit, Word, moment, secret
from leakage_world import NOWHERE, PURPOSES, World

from memos_graph import Memory
from memos_graph.errors import ForbiddenError, InputError, NotFoundError, StateError
from memos_graph.infrastructure.governance import Action
from memos_graph.language.sensitivity import LevelName

DRAWS = st.integers(0, 2**32)
LEVELS = list(LevelName)
SOME = ["write", "transform", "share", "administer"]


class Writes(World):
    """Whoever tries them: where it may, the model follows; where it may not, it is refused as the model says."""

    @rule(draw=DRAWS)
    def remember(self, draw: int) -> None:
        chosen = self.begin("remember", draw)
        space = self.space(chosen)
        me, since = self.writer(chosen, space), moment()
        if "write" in self.model.held(me, space, since) and self.held(me, space, since):
            self.stored(space, self.model.owners[space], chosen.choice([1, 1, 1, 2]), chosen)
            return
        _, error = self.attempt(me, lambda: self.mounted(space, me).add("Nobody may write this.", source="none"))
        self.ruled(error, self.held(me, space, since), "write")

    @rule(draw=DRAWS)
    def change(self, draw: int) -> None:
        """Update, archive, restore or delete: by whoever may write, the memory's space or the memory alone."""
        chosen = self.begin("change", draw)
        known = self.cube(chosen, whole=True)
        me, since, word = self.writer(chosen, known.space), moment(), secret(self.random)
        memory, kind = (
            self.mounted(known.space, me),
            chosen.choice(["update", "update", "archive", "restore", "delete"]),
        )
        why = secret(self.random) if chosen.random() < 0.3 else None
        acts = {
            "update": lambda cube: memory.update(cube, text=f"I gave the {word} lamp away.", reason=why),
            "archive": memory.archive,
            "restore": memory.restore,
            "delete": memory.delete,
        }
        placed = self.placed(known.space)
        done, error = self.attempt(me, lambda: acts[kind](known.id))
        if known.gone or not self.model.reads(me, known.id, since):
            # What has come to its end can still be deleted by whoever may write; nobody else learns of it.
            if not self.model.reads(me, known.id, moment(), ended=not known.gone):
                _, missing = self.attempt(me, lambda: acts[kind](NOWHERE))
                assert isinstance(error, NotFoundError), f"{me}: {error!r}"
                assert str(error).replace(known.id, NOWHERE) == str(missing)
        elif self.readable(me, known.id, since):
            self.ruled(error, self.held(me, known.space, since, known.id), "write")
        if error is not None:
            return
        if kind == "update":
            self.model.words[word] = Word(known.id)
            if why:
                self.model.words[why] = Word(known.id, reason_of=me)
            self.note_facts((known.id,))
        elif kind == "delete":
            assert known.id in done.cubes
            for each in done.cubes:
                self.model.cubes[each].gone = True
            self.note_renamed(known.space, placed)
        else:
            known.archived = kind == "archive"

    @rule(draw=DRAWS)
    def end(self, draw: int) -> None:
        """Set a memory's end of life, in the past or to come, or take it away."""
        chosen = self.begin("end", draw)
        known = self.cube(chosen, whole=True)
        owner, until = self.model.owners[known.space], self.until(chosen)
        _, error = self.attempt(owner, lambda: self.mounted(known.space, owner).set(known.id, expires_at=until))
        if error is None:
            known.ends = until
        else:
            assert isinstance(error, StateError if not known.gone else NotFoundError), repr(error)

    @rule(draw=DRAWS)
    def grant(self, draw: int) -> None:
        chosen = self.begin("grant", draw)
        space = self.space(chosen)
        cube = self.cube(chosen, space).id if chosen.random() < 0.4 else None
        who = chosen.choice([*self.principals, *self.roles])
        permit = self.permit(chosen, SOME)
        actions = [Action(action) for action in permit.actions]
        self._govern(
            chosen, space, who, cube, "share", permit,
            lambda memory: memory.permissions.grant(
                who, actions, cube=cube, purposes=permit.purposes, sees=LEVELS[permit.sees], expires_at=permit.until
            ),
        )  # fmt: skip

    @rule(draw=DRAWS)
    def share_topic(self, draw: int) -> None:
        """Let somebody read, or do more with, whatever is about a topic."""
        chosen = self.begin("share topic", draw)
        space = self.space(chosen)
        topics = sorted(self.topics(space))
        if not topics:
            return
        target, who = chosen.choice(topics), chosen.choice([*self.users, *self.agents, *self.roles])
        permit = self.permit(chosen, ["write"])
        self.bench.acts += 1
        self.mounted(space, self.model.owners[space]).permissions.grant(
            who,
            [Action(action) for action in permit.actions],
            topic=target.partition("#")[2],
            purposes=permit.purposes,
            sees=LEVELS[permit.sees],
            expires_at=permit.until,
        )
        self._noted(who, target, "share", permit)

    @rule(draw=DRAWS)
    def deny(self, draw: int) -> None:
        chosen = self.begin("deny", draw)
        space = self.space(chosen)
        cube = self.cube(chosen, space).id if chosen.random() < 0.7 else None
        who = chosen.choice([*self.principals, *self.roles]) if chosen.random() < 0.5 else self._granted(chosen, space)
        actions = frozenset({"read"}) if chosen.random() < 0.8 else frozenset({"write"})
        permit = Permit(actions, None, self.until(chosen))
        self._govern(
            chosen, space, who, cube, "administer", permit,
            lambda memory: memory.permissions.deny(
                who, [Action(each) for each in actions], cube=cube, expires_at=permit.until
            ),
        )  # fmt: skip

    def _granted(self, chosen: random.Random, space: str) -> str:
        return chosen.choice([who for who, target in self.model.grants if target == space] or self.users)

    def _govern(
        self,
        chosen: random.Random,
        space: str,
        who: str,
        cube: str | None,
        needs: str,
        permit: Permit,
        act: Callable[[Memory], None],
    ) -> None:
        me, since = self.writer(chosen, space), moment()
        _, error = self.attempt(me, lambda: act(self.mounted(space, me)))
        held = self.held(me, space, since)
        mine = self.held(me, space, since, cube) if cube else held
        if held is None or mine is None:
            assert error is not None or self._noted(who, cube or space, needs, permit)
            return
        if "read" in held and needs in held and ("read" not in mine or (cube and self.model.cubes[cube].gone)):
            assert isinstance(error, NotFoundError), f"{me} decides about {cube}, which it can't read: {error!r}"
            return
        if "read" in held and needs in held:
            if who == self.model.owners[space]:
                assert isinstance(error, (ForbiddenError, NotFoundError)), repr(error)
                return
            if needs == "share" and permit.actions - mine:
                assert isinstance(error, ForbiddenError), f"{me} granted what it does not hold: {error!r}"
                return
        self.ruled(error, held, needs)
        if error is None:
            # Nobody gives more than it sees.
            most = max(self.model.sees(me, space, at, cube=cube) for at in (since, moment()))
            self._noted(who, cube or space, needs, replace(permit, sees=min(permit.sees, most)))

    def _noted(self, who: str, target: str, needs: str, permit: Permit) -> bool:
        (self.model.grants if needs == "share" else self.model.denials)[who, target] = permit
        return True

    @rule(draw=DRAWS, denials=st.booleans())
    def take_back(self, draw: int, denials: bool) -> None:
        """Revoke a grant, or lift a denial."""
        chosen = self.begin("take back", draw)
        permits = self.model.denials if denials else self.model.grants
        if not permits:
            return
        who, target = chosen.choice(sorted(permits))
        space, _, topic = target.partition("#")
        space = space if space in self.model.owners else self.model.cubes[target].space
        cube = None if topic or target == space else target
        owner = self.model.owners[space]
        permissions = self.mounted(space, owner).permissions
        self.bench.acts += 1
        if denials:
            permissions.allow(who, cube=cube)
        else:
            permissions.revoke(who, cube=cube, topic=topic or None)
        del permits[who, target]

    @rule(draw=DRAWS)
    def lift_own_denial(self, draw: int) -> None:
        """Nobody who is kept from a memory gets itself there, whatever else it may do in the space."""
        chosen = self.begin("lift own denial", draw)
        own = [(who, cube) for who, cube in self.model.denials if cube in self.model.cubes and who in self.principals]
        if not own:
            return
        who, cube = chosen.choice(sorted(own))
        space, since = self.model.cubes[cube].space, moment()
        if self.model.reads(who, cube, since, ended=True) or who == self.model.owners[space]:
            return
        permissions = self.mounted(space, who).permissions
        for act in (
            lambda: permissions.allow(who, cube=cube),
            lambda: permissions.revoke(who, cube=cube),
            lambda: permissions.grant(self.users[0], [], cube=cube),
            lambda: permissions.deny(self.users[0], [Action.READ], cube=cube),
        ):
            _, error = self.attempt(who, act)
            assert self.readable(who, cube, since) is not False or isinstance(error, (NotFoundError, ForbiddenError)), (
                f"{who} decided about {cube}: {error!r}"
            )

    @rule(draw=DRAWS)
    def member(self, draw: int) -> None:
        """Give somebody a role, for a while perhaps, or take it away."""
        chosen = self.begin("member", draw)
        role, who = chosen.choice(self.roles), chosen.choice([*self.members, *self.users, *self.agents])
        owner, roles = role.partition("/")[0], self.memos.services.roles
        self.bench.acts += 1
        if who in self.model.roles[role] and chosen.random() < 0.5:
            roles.remove(role, owner, who)
            del self.model.roles[role][who]
            return
        until = self.until(chosen)
        roles.add(role, owner, who, expires_at=until)
        self.model.roles[role][who] = until

    @rule(draw=DRAWS)
    def mandate(self, draw: int) -> None:
        """Have an agent act for a user, or oneself for a purpose; or end that."""
        chosen = self.begin("mandate", draw)
        roles = self.memos.services.roles
        user = chosen.choice([*self.users, *self.owners])
        agent, purpose = chosen.choice([*self.agents, user]), chosen.choice([None, *PURPOSES])
        if agent == user and purpose is None:
            purpose = PURPOSES[0]
        name = f"{agent}>{user}" if purpose is None else f"{agent}>{user}:{purpose}"
        standing = self.model.mandates.get(name)
        self.bench.acts += 1
        if standing and chosen.random() < 0.4:
            try:
                roles.end(user, agent, purpose=purpose)
                standing.until = moment()
            except NotFoundError:
                assert standing.until is not None
            return
        actions = None if chosen.random() < 0.7 else frozenset({"read", chosen.choice(SOME)})
        given = None if actions is None else [Action(each) for each in actions]
        until = self.until(chosen)
        made = roles.delegate(user, agent, purpose=purpose, actions=given, expires_at=until)
        assert made.mandate == name
        parties = (user,) if agent == user else (agent, user)
        self.model.mandates[name] = Mandate(parties, purpose, actions and actions & EVERY, until)

    @rule(draw=DRAWS)
    def link(self, draw: int) -> None:
        """Note that a memory was made from another, of any space its author may read."""
        chosen = self.begin("link", draw)
        made, origin = self.cube(chosen, whole=True), self.cube(chosen, whole=True)
        base = self.model.cubes[origin.id].made_from
        taken = any(made.id in each.made_from for each in self.model.wholes(made.space))
        if made.id == origin.id or base or taken or made.made_from or made.gone or origin.gone:
            return
        me, since = self.writer(chosen, made.space), moment()
        provenance = self.mounted(made.space, me).provenance
        _, error = self.attempt(
            me, lambda: provenance.annotate(made.id, derived_from=origin.id, transform="summarized")
        )
        if error is None:
            made.made_from.add(origin.id)
            assert self.readable(me, origin.id, since) is not False, f"{me} linked {origin.id}, which it can't read"
        elif isinstance(error, InputError):
            raise error
