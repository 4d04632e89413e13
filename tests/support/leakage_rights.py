"""Acts of test_leakage.py that change rights: grants, denials, roles, mandates, tenants, keys and policies of sharing, by whoever tries."""

import random
from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from memos_graph import Memory
from memos_graph.errors import ForbiddenError, NotFoundError
from memos_graph.governance import Action
from memos_graph.language.sensitivity import LevelName
from support.leakage_model import EVERY, Mandate, Permit, moment
from support.leakage_world import PURPOSES, World
from support.leakage_writes import DRAWS

LEVELS = list(LevelName)
SOME = ["write", "transform", "share", "administer"]


class Rights(World):
    """Where somebody may change a right, the model follows; where it may not, it is refused, and nobody's rights are lost."""

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
        owner = self.model.owners[space]
        _, error = self.attempt(
            owner,
            lambda: self.mounted(space, owner).permissions.grant(
                who,
                [Action(action) for action in permit.actions],
                topic=target.partition("#")[2],
                purposes=permit.purposes,
                sees=LEVELS[permit.sees],
                expires_at=permit.until,
            ),
        )
        if self._outside(who, space):
            assert isinstance(error, NotFoundError), repr(error)
        elif not self.model.shares(owner, space, moment()):
            assert isinstance(error, ForbiddenError), repr(error)
        else:
            assert error is None, repr(error)
            self._noted(owner, who, target, "share", permit)

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
        ends, its = self.model.bounds(me, space, permit.actions, since, cube) if needs == "share" else (None, None)
        if held is not None and mine is not None:
            sharing = needs == "share"
            beyond = sharing and bool(
                permit.actions - mine or (its is not None and permit.purposes and permit.purposes - its)
            )
            if "read" not in held or needs not in held:
                self.ruled(error, held, needs)
                return
            if (
                "read" not in mine
                or (cube and self.model.cubes[cube].gone)
                or who == self.model.owners[space]
                or beyond
                or self._outside(who, space)
                or (sharing and not self.model.shares(me, space, since))
            ):
                assert isinstance(error, (ForbiddenError, NotFoundError)), (
                    f"{me} decides about {cube or space} for {who}: {error!r}"
                )
                return
            assert error is None, f"{me} {needs} {who} {cube or space}: {error!r}"
        if error is None:
            # Nobody gives more than it sees, for longer than it holds it, or for other purposes.
            most = max(self.model.sees(me, space, at, cube=cube) for at in (since, moment()))
            until = min(filter(None, (permit.until, ends)), default=None)
            given = replace(permit, until=until, purposes=permit.purposes or its)
            self._noted(me, who, cube or space, needs, replace(given, sees=min(permit.sees, most)))

    def _outside(self, who: str, space: str) -> bool:
        """Whether a name is outside the tenant of a space that is of one: nothing can be granted or denied it there."""
        return self.model.tenant(space) not in (None, self.model.tenant(who))

    def _noted(self, me: str, who: str, target: str, needs: str, permit: Permit) -> None:
        (self.model.grants if needs == "share" else self.model.denials)[who, target][me] = permit

    @rule(draw=DRAWS, denials=st.booleans())
    def take_back(self, draw: int, denials: bool) -> None:
        """Revoke grants, or lift denials: administrators anybody's, who shares those it gave itself, others none."""
        chosen = self.begin("take back", draw)
        permits = self.model.denials if denials else self.model.grants
        if not permits:
            return
        who, target = chosen.choice(sorted(permits))
        space, _, topic = target.partition("#")
        space = space if space in self.model.owners else self.model.cubes[target].space
        cube = None if topic or target == space else target
        givers = permits[who, target]
        me = self.model.owners[space] if topic else self.writer(chosen, space)
        if not topic and chosen.random() < 0.3:
            me = chosen.choice(sorted(givers))
        since, needs = moment(), "administer" if denials else "share"
        permissions = self.mounted(space, me).permissions
        act = (
            (lambda: permissions.allow(who, cube=cube))
            if denials
            else (lambda: permissions.revoke(who, cube=cube, topic=topic or None))
        )
        _, error = self.attempt(me, act)
        held = self.held(me, space, since)
        mine = self.held(me, space, since, cube) if cube else held
        anybody = held is not None and "administer" in held
        taken = [by for by in givers if anybody or me in (by, by.partition(">")[2].partition(":")[0])]
        if held is not None and mine is not None:
            allowed = needs in held and "read" in mine and bool(taken)
            allowed = allowed and (denials or self.model.shares(me, space, since))
            assert (error is None) == allowed, f"{me} {held} takes back {who} {target} by {list(givers)}: {error!r}"
            assert error is None or isinstance(error, (ForbiddenError, NotFoundError)), repr(error)
        if error is None:
            for by in taken if held is not None else list(givers):
                del givers[by]
            if not givers:
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
        owner, roles = role.partition("/")[0], self.memos._services.roles
        other = chosen.choice([each for each in self.principals if each != owner])
        for act in (
            lambda: roles.add(role, other, other),
            lambda: roles.remove(role, other, who),
            lambda: roles.members(role, other),
        ):
            _, error = self.attempt(other, act)
            assert isinstance(error, NotFoundError), f"{other} changes {role} of {owner}: {error!r}"
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
        roles = self.memos._services.roles
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
    def tenant(self, draw: int) -> None:
        """The operator puts somebody into a tenant, or, more often, takes those out again who are in one."""
        chosen = self.begin("tenant", draw)
        tenants, inside = self.memos._services.tenants, [who for who, each in self.model.tenants.items() if each]
        self.bench.acts += 1
        if inside and chosen.random() < 0.8:
            tenants.leave(inside)
            self.model.tenants.clear()
            return
        names = chosen.sample([*self.owners, *self.users, *self.agents, *self.members], 8)
        tenants.join(f"t.{self.name}", names)
        self.model.tenants |= dict.fromkeys(names, f"t.{self.name}")

    @rule(draw=DRAWS)
    def sharing(self, draw: int) -> None:
        """A policy that lets only some of those share who hold the right, by whoever tries to apply it."""
        chosen = self.begin("sharing", draw)
        space, who = self.space(chosen), chosen.choice([None, None, "owner", "administrators"])
        me, since = self.writer(chosen, space), moment()
        text = f"policy: 1\nname: {self.name}\nsharing: {{who: [{who or 'everybody'}]}}\n"
        _, error = self.attempt(me, lambda: self.mounted(space, me).policy.apply(text))
        self.ruled(error, self.held(me, space, since), "administer")
        if error is None:
            self.model.sharing[space] = who

    @rule(draw=DRAWS)
    def key(self, draw: int) -> None:
        """A key is refused from then on by whom it belongs to, and by nobody else."""
        chosen = self.begin("key", draw)
        mine, other = chosen.sample(self.principals, 2)
        keys = self.memos._services.api_keys
        made, told = keys.create(mine, label="leakage")
        for me, lost in ((other, False), (mine, True), (mine, None)):
            _, error = self.attempt(me, lambda me=me: keys.revoke(made.id, principal=me))
            assert (error is None) == (lost is True), f"{me} {error!r}"
            assert (made.id in {each.id for each in keys.every(mine) if each.revoked_at}) == (lost is not False)
        assert self.attempt(mine, lambda: keys.authenticate(told))[1] is not None
