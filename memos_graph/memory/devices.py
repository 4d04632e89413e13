"""A space in step with the same space on another device (docs/devices.md)."""

from collections.abc import Callable, Sequence
from functools import cached_property

from memos_graph.exchange.devices.following import DeviceStep, Followed, Following
from memos_graph.exchange.devices.standing import MOST, StandingPage, standing
from memos_graph.exchange.devices.syncing import Device, Synced, Syncing
from memos_graph.governance import Action
from memos_graph.memory.bundles import SpaceFiles
from memos_graph.memory.refusing import recording


@recording
class SpaceDevices(SpaceFiles):
    """What keeps one space in step with that of another device."""

    @cached_property
    def _following(self) -> Following:
        of = self._services
        return Following(of.runner, of.governance, of.lifecycle, of.erasure)

    def sync(self, peer: Device, *, dry_run: bool = False, progress: Callable[[int], None] | None = None) -> Synced:
        """Bring this space and that of another device in step, both ways, whatever was done in each while they were apart.

        ::

            with MemOS.connect("https://laptop.example.com", key) as client:
                notes.sync(client.mounted("alice/notes"))

        * ``peer`` the space there, of a client; or another space here. It takes the rights to read and to write on both, and to administer
          for erasures and frozen memories.
        * ``dry_run`` tells what would be done. ``progress`` is told how much was done so far.
        * Raises ``NotFoundError`` or ``ForbiddenError`` where a right is missing, ``ServiceError`` where the line is cut: the same again goes on.
        """
        self._services.governance.require(self.space, self.principal, Action.WRITE)
        syncing = Syncing(self, peer, progress)
        return syncing.foresee() if dry_run else syncing.run()

    def standing(self, *, after: str = "", limit: int = MOST) -> StandingPage:
        """Return how the memories of this space stand, in their order, for another device to compare: digests, states, what is gone.

        What this principal does not see whole is left out. Raises ``ForbiddenError`` without the right to write, and where the policy
        lets it take nothing away.
        """
        of = self._services
        return standing(
            of.runner, of.governance, of.audit, space=self.space, principal=self.principal, after=after, limit=limit
        )

    def follow(self, steps: Sequence[DeviceStep]) -> Sequence[Followed]:
        """Do here what another device tells of memories beside their texts: deletions, erasures, states, terms, names.

        Each memory is one transaction, and the same again does nothing. Raises ``ForbiddenError`` without the right to write.
        """
        return self._following.follow(steps, space=self.space, principal=self.principal)
