"""Loading a stance model of whichever kind a folder holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from quotestance.batching import Precision
from quotestance.folders import config_of
from quotestance.stance.classifier import Classifier, StanceClassifier
from quotestance.stance.reader_classifier import ReaderClassifier
from quotestance.stance.shares import Shares
from quotestance.stance.zero_shot import ZeroShotClassifier, is_inference_checkpoint

_READER = "quotestance-attribution"  # the model_type of AttributionConfig


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
    if config_of(name).get("model_type") == _READER:
        return replace(ReaderClassifier.load(name, device=device, precision=precision), shares=shares)
    if is_inference_checkpoint(name):
        return replace(ZeroShotClassifier.load(name, device=device, precision=precision), shares=shares)
    return replace(StanceClassifier.load(name, device=device, precision=precision), shares=shares)
