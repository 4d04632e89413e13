"""``s3://BUCKET/PREFIX``: a bucket of S3, or of anything that speaks its language, by ``obstore``.

Its keys and region come from the environment as AWS's own tools read them (``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_REGION``;
``AWS_ENDPOINT_URL`` for another server, with ``AWS_ALLOW_HTTP=true`` where that has no TLS), or from the machine's role.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from memos_graph.errors import VaultError
from memos_graph.kit.extras import needing
from memos_graph.vault.stores.store import VaultObject, checked_name

_CLIENT: Any = {"timeout": timedelta(seconds=120), "connect_timeout": timedelta(seconds=5)}
_RETRY: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}


class BucketStore:
    """Objects of one bucket, each put in one request: S3 shows it whole or not at all."""

    def __init__(self, url: str) -> None:
        with needing("vault", f"The vault {url}"):
            import obstore  # noqa: PLC0415
            from obstore.store import S3Store  # noqa: PLC0415
        self.url = url.rstrip("/")
        self._obstore: Any = obstore
        with self._told("it can't be used"):
            plain = os.environ.get("AWS_ALLOW_HTTP", "").lower() in {"1", "true"}
            client: Any = {**_CLIENT, "allow_http": plain}
            self._store: Any = S3Store.from_url(self.url, client_options=client, retry_config=_RETRY)

    def put(self, name: str, content: bytes) -> None:
        """Keep an object."""
        with self._told(f"'{name}' can't be written"):
            # In parts it would leave parts behind where it fails.
            self._obstore.put(self._store, checked_name(name), content, use_multipart=False)

    def get(self, name: str) -> bytes | None:
        """Return an object."""
        with self._told(f"'{name}' can't be read"):
            try:
                return bytes(self._obstore.get(self._store, checked_name(name)).bytes())
            except FileNotFoundError:
                return None

    def delete(self, name: str) -> None:
        """Remove an object."""
        with self._told(f"'{name}' can't be deleted"):
            try:
                self._obstore.delete(self._store, checked_name(name))
            except FileNotFoundError:
                return

    def names(self, prefix: str) -> Iterator[VaultObject]:
        """Yield the objects."""
        with self._told("it can't be listed"):
            for page in self._obstore.list(self._store, prefix=checked_name(prefix)):
                yield from (VaultObject(each["path"], each["size"]) for each in page)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except (self._obstore.exceptions.BaseError, OSError, ValueError) as error:
            said = str(error).partition("\n")[0][:300]
            raise VaultError(
                f"The vault {self.url} failed: {what}: {said}",
                hint="See that it is up, and that AWS_ACCESS_KEY_ID, AWS_REGION and AWS_ENDPOINT_URL are right; the same act again goes on.",
            ) from error
