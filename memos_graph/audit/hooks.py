"""Hands seals to somebody else: a command, a web address, a folder elsewhere. There they prove a cut whatever is lost here.

What could not be handed over is told of and tried again; no act waits for it. Of each log the newest seal is handed over: it is
over everything that the ones before it were over.
"""

import json
import logging
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx

from memos_graph.audit.seals import Seal, folder_name
from memos_graph.config import Settings
from memos_graph.errors import AuditError
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.files import write_private

_log = logging.getLogger(__name__)
_WITHIN_S = 60.0
_MOST_SAID = 200


class SealHooks:
    """The places that seals go to, and how far each has got; ``state`` is the file that keeps that."""

    def __init__(self, settings: Settings, keyring: Keyring, state: Path) -> None:
        self._settings = settings
        self._keyring = keyring
        self._state = state
        self.places: dict[str, Callable[[Seal], None]] = {}
        if settings.seal_command:
            self.places["command"] = self._run
        if settings.seal_url:
            self.places["url"] = self._post
        if settings.seal_folder:
            self.places["folder"] = self._copy

    def hand_out(self, seal: Seal) -> list[str]:
        """Hand a seal to every place that has none as new; returns what went wrong, which is in this service's log, too."""
        if not self.places:
            return []
        handed, problems, changed = self._handed(), list[str](), False
        for place, hand in self.places.items():
            reached = handed.setdefault(place, {})
            if reached.get(seal.space, -1) >= seal.size:
                continue
            try:
                hand(seal)
            except (OSError, ValueError, subprocess.SubprocessError, httpx.HTTPError) as error:
                problems.append(f"{place}: {error}")
                _log.warning(
                    "The seal of %s over %d events is not handed over by the %s yet: %s",
                    seal.space,
                    seal.size,
                    place,
                    error,
                )
            else:
                reached[seal.space], changed = seal.size, True
        if changed:
            self._keep(handed)
        return problems

    def _run(self, seal: Seal) -> None:
        words = shlex.split(self._settings.seal_command or "")
        done = subprocess.run(  # noqa: S603 - the operator's own command, split into words, no shell
            words, input=seal.model_dump_json().encode(), capture_output=True, timeout=_WITHIN_S, check=False
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()[:_MOST_SAID]
            raise OSError(f"{words[0]} ended with {done.returncode}: {said}")

    def _post(self, seal: Seal) -> None:
        body = seal.model_dump_json().encode()
        signature = self._keyring.signing.sign(body).hex()
        headers = {
            "Content-Type": "application/json",
            "X-Memos-Signature": f"ed25519={signature}",
            "X-Memos-Key": self._keyring.fingerprint,
        }
        # Not through a proxy that the environment names, and never on to another address.
        with httpx.Client(trust_env=False, timeout=_WITHIN_S, follow_redirects=False) as client:
            answer = client.post(self._settings.seal_url or "", content=body, headers=headers)
        if not answer.is_success:
            raise OSError(f"it answered {answer.status_code}")

    def _copy(self, seal: Seal) -> None:
        folder = (self._settings.seal_folder or Path()).expanduser() / folder_name(seal.space)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(folder / f"{seal.size:012}.json", seal.model_dump_json() + "\n")

    def _handed(self) -> dict[str, dict[str, int]]:
        try:
            found: dict[str, dict[str, int]] = json.loads(self._state.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            _log.warning(
                "%s, which says what was handed over, can't be read, and is begun anew: %s", self._state, error
            )
            return {}
        return found

    def _keep(self, handed: dict[str, dict[str, int]]) -> None:
        try:
            self._state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._state, json.dumps(handed, indent=1))
        except OSError as error:
            raise AuditError(f"{self._state}, which says what was handed over, can't be written: {error}.") from error
