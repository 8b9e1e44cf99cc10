"""Average the weights of checkpoints that were trained from the same beginning.

    python training/attribution/average.py OUT_DIR CHECKPOINT CHECKPOINT ...

Runs that go on from one checkpoint with other seeds end in one basin, where the mean of their weights is often better
than each (Wortsman et al., "Model soups", ICML 2022). OUT_DIR is a checkpoint like any other.
"""

from __future__ import annotations

import sys
from pathlib import Path

from quotestance.attribution import AttributionModel
from quotestance.checkpoints import load_model, load_tokenizer


def main() -> None:
    """Load, average, save."""
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    out, *checkpoints = (Path(argument) for argument in sys.argv[1:])
    models = [load_model(AttributionModel, checkpoint) for checkpoint in checkpoints]
    states = [model.state_dict() for model in models]
    mean = {
        name: sum(state[name].float() for state in states) / len(states)
        for name, weight in states[0].items()
        if weight.is_floating_point()
    }
    models[0].load_state_dict(mean, strict=False)
    models[0].save_pretrained(out)
    load_tokenizer(checkpoints[0]).save_pretrained(out)


if __name__ == "__main__":
    main()
