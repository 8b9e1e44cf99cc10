"""Average the weights of checkpoints that were trained from the same beginning.

    python -m training.average OUT_DIR CHECKPOINT[=SHARE] CHECKPOINT[=SHARE] ...

For attribution and stance models. A checkpoint counts by its share, 1 where none is given; heads that only some
have are averaged over these. Runs of one train.py under other seeds begin with the same heads and end in one
basin, where the mean of their weights is often better than each (Wortsman et al., "Model soups", ICML 2022). OUT_DIR
is a checkpoint like any other, with the settings of the first; release.py fits its decoder or calibration anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from transformers import AutoModelForSequenceClassification

from quotestance.checkpoints import load_config, load_model, load_tokenizer
from quotestance.reader.pretrained import AttributionConfig, AttributionModel
from training.fitting import mean_weights, save_checkpoint


def with_share(argument: str) -> tuple[Path, float]:
    """A checkpoint and how much it counts."""
    path, _, share = argument.partition("=")
    return Path(path), float(share or 1)


def main() -> None:
    """Load, average, save."""
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    out = Path(sys.argv[1])
    checkpoints, shares = zip(*(with_share(argument) for argument in sys.argv[2:]), strict=True)
    is_attribution = load_config(checkpoints[0]).model_type == AttributionConfig.model_type
    model_class = AttributionModel if is_attribution else AutoModelForSequenceClassification
    models = [load_model(model_class, checkpoint) for checkpoint in checkpoints]
    models[0].load_state_dict(mean_weights([model.state_dict() for model in models], shares), strict=False)
    save_checkpoint(models[0], load_tokenizer(checkpoints[0]), out)


if __name__ == "__main__":
    main()
