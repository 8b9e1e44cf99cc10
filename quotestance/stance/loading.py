"""Loading a stance model of whichever kind a folder holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from quotestance.batching import Precision
from quotestance.stance.article_classifier import ArticleClassifier, is_article_checkpoint
from quotestance.stance.classifier import Classifier, StanceClassifier
from quotestance.stance.shares import Shares
from quotestance.stance.zero_shot import ZeroShotClassifier, is_inference_checkpoint


def load_classifier(
    name: str | Path, *, device: str = "cpu", precision: Precision = "auto", shares: Shares | None = None
) -> Classifier:
    """Load the kind of classifier that the config of the checkpoint calls for.

    Args:
        name: Folder or hub name of the checkpoint.
        device: A torch device ("cpu", "cuda").
        precision: What the model computes in; see :func:`quotestance.batching.computing`.
        shares: Shares of the labels under which stances are told; by default those that the checkpoint gives.

    Raises:
        CheckpointError: The checkpoint is missing, incomplete or malformed, or of no kind that tells stance.
    """
    if is_article_checkpoint(name):
        return replace(ArticleClassifier.load(name, device=device, precision=precision), shares=shares)
    if is_inference_checkpoint(name):
        return replace(ZeroShotClassifier.load(name, device=device, precision=precision), shares=shares)
    return replace(StanceClassifier.load(name, device=device, precision=precision), shares=shares)
