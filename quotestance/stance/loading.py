"""Loading a stance model of whichever kind a folder holds."""

from __future__ import annotations

from pathlib import Path

from quotestance.batching import Precision
from quotestance.stance.article_classifier import ArticleClassifier, is_article_checkpoint
from quotestance.stance.classifier import Classifier, StanceClassifier
from quotestance.stance.zero_shot import ZeroShotClassifier, is_inference_checkpoint


def load_classifier(name: str | Path, *, device: str = "cpu", precision: Precision = "auto") -> Classifier:
    """Load the kind of classifier that the config of the checkpoint calls for.

    Args:
        name: Folder or hub name of the checkpoint.
        device: A torch device ("cpu", "cuda").
        precision: What the model computes in; see :func:`quotestance.batching.computing`.

    Raises:
        CheckpointError: The checkpoint is missing, incomplete or malformed, or of no kind that tells stance.
    """
    if is_article_checkpoint(name):
        return ArticleClassifier.load(name, device=device, precision=precision)
    if is_inference_checkpoint(name):
        return ZeroShotClassifier.load(name, device=device, precision=precision)
    return StanceClassifier.load(name, device=device, precision=precision)
