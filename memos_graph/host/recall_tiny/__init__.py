"""recall-tiny: a small transformer that answers from the lines it is given, trained by ``training/`` in this project.

The folder ``model`` beside this file is the model; ``phrasebook`` is the language it was trained in. Neither imports torch.
"""

from pathlib import Path

RECALL_TINY = "recall-tiny"
"""The model that ships with the package."""
MODEL_FOLDER = Path(__file__).parent / "model"

__all__ = ["MODEL_FOLDER", "RECALL_TINY"]
