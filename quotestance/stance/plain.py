"""A stance model as a folder that plain transformers answers rightly from: float32 weights, calibration folded in.

The folders of this package store weights as int8 rows and say in the config by what their logits are divided; plain
transformers knows neither. Here temperature and shares of the labels go into the last layer, so that the softmax of its
outputs is the probability of each label, and ``pipeline("text-classification", FOLDER)`` says what
:class:`~quotestance.stance.classifier.StanceClassifier` says. The output ``conditional`` is left out: a pipeline takes
one softmax over all outputs, in which a probability of another question has no place.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from quotestance.checkpoints import load_both, loading, quiet_transformers
from quotestance.errors import CheckpointError
from quotestance.folders import CONFIG, config_of, is_whole, open_folder
from quotestance.identity import folder_digest
from quotestance.stance.classifier import CONTEXTS, PASSAGE, StanceClassifier
from quotestance.stance.logits import output_layer, with_outputs
from quotestance.stance.shares import BALANCED, Shares, told
from quotestance.stance.zero_shot import is_inference_checkpoint
from quotestance.types import STANCES
from quotestance.weights import open_weights

TOLERANCE = 1e-3
"""By how much a probability of the folder may differ from that of the model that it was made of."""

_TRIALS = (("We will strike back, the general said.", "Talks broke down."), ("Both sides should stop.", ""))
_OF_OURS = "quotestance-"  # how the names of this package's own architectures begin
_DIGITS = 8  # of the digest of a model

_CARD = Template("""---
language: en
library_name: transformers
pipeline_tag: text-classification
tags: [stance-detection, conflict, news]
---
# $name

`$origin` ($digest) of quotestance as an ordinary transformers folder, written by `quotestance export-model`:
float32 weights, three outputs. It labels the stance of a quote toward escalation of an international or armed conflict:
escalatory, de-escalatory or neutral.

```python
from transformers import pipeline

classify = pipeline("text-classification", "$name")
classify($example, top_k=None)
```

**What it answers** is what quotestance answers in float32, within $tolerance in every probability: temperature and
shares of the labels are folded into the last layer. Where quotestance computes in bfloat16, as it does by itself on
processors that have it in hardware, its own answers may lie a few hundredths away. The probabilities are told for the
shares $shares.
Give it what quotestance reads: the quote with the words that attribute it$second.

**What differs.** The probability of `conditional`, that the stance hangs on a condition, is left out; quotestance tells
it. A text of more than $window tokens, special tokens and second segment counted, quotestance reads in overlapping
windows whose logits it averages; here it is read at once, up to the model's $places places, and beyond them it has to
be cut (`truncation=True`).$long_second

`quotestance.load(stance="$name")` reads this folder too, without `conditional`.

How good it is, what it learned from and what it must not be used for stands in the card of `$origin`. The label is
about means, not morality; it is made for aggregate study, not for judging individuals.
""")


def export_model(name: str | Path, folder: str | Path, *, shares: Shares | None = None) -> Path:
    """Write a stance model as a folder for plain transformers, with a card.

    Args:
        name: Folder, shipped name or hub name of a sequence classifier with the three stance labels.
        folder: Where to; must not exist, or be empty.
        shares: Shares of the labels that its probabilities are told for; by default those of the model.

    Returns:
        The folder.

    Raises:
        CheckpointError: There is no such model, it is of another kind, or what was written does not answer as it does.
        FileExistsError: The folder holds something.
        OSError: It cannot be written.
    """
    out = Path(folder).resolve()  # "." has no name to go by
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"{out} is there already. Name a new folder.")
    _check_kind(name)
    loaded = load_both(AutoModelForSequenceClassification, name, dtype=torch.float32)
    classifier = replace(StanceClassifier.over(*loaded, name, precision="float32"), shares=shares)
    expected = _answers(classifier)
    model, tokenizer = _folded(classifier), classifier.tokenizer
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as place, quiet_transformers():
        made = Path(place) / out.name
        model.save_pretrained(made)
        tokenizer.save_pretrained(made)
        open_weights(made)
        _check_same(made, expected, reads_context=classifier.reads_context)
        (made / "README.md").write_text(_card(name, out, classifier), encoding="utf-8")
        _move(made, out)
    return out


def _move(made: Path, out: Path) -> None:
    """Move a folder to where nothing is, or what it holds into an empty one, in which somebody may stand."""
    if not out.exists():
        made.replace(out)
        return
    for file in sorted(made.iterdir(), key=lambda one: one.name == CONFIG):  # without a config it is no model yet
        file.replace(out / file.name)


def _check_kind(name: str | Path) -> None:
    """Check that a model is a plain sequence classifier of stances."""
    kind = str(config_of(name).get("model_type"))
    if kind.startswith(_OF_OURS):
        raise CheckpointError(
            f"The model {str(name)!r} is of the architecture {kind!r}, which reads whole articles: no "
            "pipeline of transformers does, so it has no answers there. Name a stance model that reads single quotes."
        )
    if is_inference_checkpoint(name):
        raise CheckpointError(
            f"The model {str(name)!r} judges entailment, and is a plain transformers folder as it is."
        )


def _answers(classifier: StanceClassifier) -> list[list[float]]:
    """Return the probabilities of the trial texts, in the order of STANCES."""
    stances = classifier.classify([text for text, _ in _TRIALS], [second for _, second in _TRIALS])
    return [[stance.probabilities[label] for label in STANCES] for stance in stances]


def _folded(classifier: StanceClassifier) -> Any:
    """Return the model with three outputs whose softmax is the probabilities; it takes the place of the one given."""
    model, config = classifier.model, classifier.model.config
    try:
        last = output_layer(with_outputs(model, STANCES))
    except ValueError as error:
        raise CheckpointError(f"The model cannot be exported: {error}") from None
    with torch.no_grad():
        last.weight.div_(classifier.temperature)
        last.bias.div_(classifier.temperature).add_(torch.tensor(_shift(classifier)))
    config.problem_type = "single_label_classification"
    config.stance_temperature, config.name_or_path = 1.0, ""
    prior = _told_for(classifier)
    config.stance_prior = None if prior is None else dict(prior)
    has_types = getattr(config, "type_vocab_size", 0) > 1  # as quotestance.stance.logits gives them
    names = ["input_ids", *(["token_type_ids"] if has_types else []), "attention_mask"]
    places = getattr(config, "max_position_embeddings", -1)
    if is_whole(places, 3) and places < classifier.tokenizer.model_max_length:  # 1e30 where none is told
        classifier.tokenizer.model_max_length = places - 2
    classifier.tokenizer.model_input_names = classifier.tokenizer.init_kwargs["model_input_names"] = names
    return model


def _shift(classifier: StanceClassifier) -> list[float]:
    """Return what the shares that are asked for add to the logarithm of each probability."""
    old, new = (shares or BALANCED for shares in (classifier.prior, classifier.shares or classifier.prior))
    return [float(np.log(new[label] / old[label])) for label in STANCES]


def _told_for(classifier: StanceClassifier) -> Shares | None:
    """Return the shares that the probabilities are told for, as a stance has them."""
    return told(BALANCED, None, classifier.prior, classifier.shares).prior


def _check_same(folder: Path, expected: list[list[float]], *, reads_context: bool) -> None:
    """Check that plain transformers reads a folder as quotestance read the model."""
    with loading("a model with plain transformers", folder):
        model = AutoModelForSequenceClassification.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True
        ).eval()
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
        for (text, second), chances in zip(_TRIALS, expected, strict=True):
            pair = second if second and reads_context else None
            with torch.inference_mode():
                found = model(**tokenizer(text, pair, return_tensors="pt")).logits.softmax(-1)[0]
            if not np.allclose(found.numpy(), chances, atol=TOLERANCE):
                raise CheckpointError(
                    f"Plain transformers reads {text!r} as {found.tolist()}, quotestance as {chances}: a "
                    f"{type(model).__name__} cannot be exported."
                )


def _card(name: str | Path, out: Path, classifier: StanceClassifier) -> str:
    """Return the card of a folder."""
    text, second = (repr(words) for words in _TRIALS[0])
    shares = _told_for(classifier) or BALANCED
    reads = CONTEXTS[PASSAGE if classifier.reads_passage else classifier.reads_context]
    return _CARD.substitute(
        name=out.name,
        origin=Path(name).name,
        digest=folder_digest(open_folder(name))[:_DIGITS],
        example=f'{{"text": {text}, "text_pair": {second}}}' if reads else text,
        tolerance=TOLERANCE,
        shares=", ".join(f"{100 * shares[label]:.0f}% {label}" for label in STANCES),
        second=f", and {reads}, as the second segment" if reads else "",
        window=classifier.window,
        places=classifier.tokenizer.model_max_length,
        long_second=" A second segment that fills more than three fifths of a window quotestance leaves out."
        if reads
        else "",
    )
