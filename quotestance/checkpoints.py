"""Model folders -> models and tokenizers, as transformers knows them.

A folder is an ordinary Hugging Face one (config.json, model*.safetensors, tokenizer.json), whose weights may be stored
as int8; see :mod:`quotestance.weights`. No code of a folder is run, nothing is unpickled, and nothing is fetched unless
the user names a hub model; see :mod:`quotestance.folders`.
"""

from __future__ import annotations

import math
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from quotestance.errors import CheckpointError
from quotestance.folders import CONFIG, TOKENIZER, TOKENIZER_CONFIG, VOCABULARIES, items_of, open_folder, read_object
from quotestance.folders import shipped as shipped
from quotestance.threads import keep_forks_alive
from quotestance.weights import has_int8, read_weights, weight_shapes

_SHARED_LAYERS = 1_000  # more than any model has; layers that share their weights may be more than these are
_PLACES = 1 << 24  # more than any model has, whose places need not be among its weights
_SQUARE = frozenset(("gpt2", "gpt_neo", "gpt_bigcode", "codegen", "gptj"))
_SQUARE_PLACES = 1 << 13
"""Places of kinds of models that make a table of each place by each other in every layer: none has more."""

_WIDTHS = (
    *("hidden_size", "intermediate_size", "embedding_size", "vocab_size", "link_size", "stance_size"),
    *("n_embd", "n_inner", "_dim", "n_head", "_heads"),
)
"""How settings end that say how wide a model is: no more than its widest weight."""

_COUNTS = ("n_layer", "layers", "groups", "group_num", "experts", "depths", "block_sizes")
"""How settings end, numbers in a list included, that say how many parts a model is made of."""

_MORE = 10_000  # parameters that a model may have beyond those in its file, and still be built to tell what is missing
_LARGER = 4  # times what its file holds, that a model may be and still be loaded to tell what is missing
_LOADING = threading.RLock()  # held while settings of torch and transformers are changed, which threads share
_PLACE = re.compile(r"(\.\d+)+$")  # of a number in a list, in what it is called
_PANIC = "PanicException"  # of the Rust in tokenizers, no Exception to Python
TRIAL = "a “b”, 中ж."
"""A text to try a tokenizer and a model with: a word, marks, and letters that many vocabularies lack."""


def load_config(name: str | Path, **changes: Any) -> Any:
    """Load the config of a folder or hub model.

    Args:
        name: The folder, or the name on the hub, from where it is fetched unless it was before.
        changes: Settings that take the place of the folder's.

    Raises:
        CheckpointError: The folder is missing, calls for code of its own, has no sound config.json, or holds a model of
            a kind that is not known.
    """
    from transformers import CONFIG_MAPPING, AutoConfig

    with loading("a config", name):
        folder = open_folder(name)
        if not (folder / CONFIG).is_file():
            raise CheckpointError(f"The folder {str(name)!r} has no {CONFIG}. Name one that holds a model.")
        kind = read_object(folder / CONFIG).get("model_type")
        if isinstance(kind, str) and kind not in CONFIG_MAPPING:
            raise CheckpointError(
                f"The checkpoint {str(name)!r} is of the model_type {kind!r}, which is not known here. Name another "
                "model, or take a newer transformers if this is a new architecture."
            )
        return AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False, **changes)


def load_model(model_class: Any, name: str | Path, *, dtype: torch.dtype = torch.float32, **options: Any) -> Any:
    """Load a model in evaluation mode from a folder (weights as floats or as int8) or from a hub name.

    Args:
        model_class: ``AutoModelForSequenceClassification`` or any other class with ``from_pretrained``.
        name: The folder, or the name on the hub, from where it is fetched unless it was before.
        dtype: Type of number that the weights are held in.
        options: For the constructor of the model.

    Raises:
        CheckpointError: The folder is missing or incomplete, calls for code of its own, or holds something else, such
            as weights that are no numbers.
    """
    keep_forks_alive()
    with loading("a model (config.json, *.safetensors)", name):
        folder = open_folder(name)
        shapes = weight_shapes(folder)
        if (folder / CONFIG).is_file():
            _check_sizes(folder / CONFIG, shapes)
        config = load_config(folder)
        kind: Any = getattr(model_class, "config_class", None) or object
        if not isinstance(config, kind):
            raise CheckpointError(
                f"The checkpoint {str(name)!r} is of the model_type {config.model_type!r}, not {kind.model_type!r}."
            )
        model = without_weights(model_class, config, options, most=2 * len(shapes) + _MORE)
        _check_size(model, name, shapes)
        if has_int8(shapes) or shapes == {key: list(one.shape) for key, one in model.state_dict().items()}:
            model.load_state_dict(read_weights(folder, dtype), assign=True)
        else:  # transformers knows other names of old, and tells what is missing
            model = _from_floats(model_class, folder, config, options).to(dtype)
        model.eval()
    check_finite(model, name)
    return model


def check_sizes(folder: Path) -> None:
    """Check that the config of a folder asks for no more than a model with its weights can have.

    Raises:
        CheckpointError: It does, or there are no weights.
    """
    _check_sizes(folder / CONFIG, weight_shapes(folder))


def _check_sizes(file: Path, shapes: Mapping[str, Sequence[int]]) -> None:
    """Check that a config asks for no more than a model with these weights can have, which might never be built.

    Whether its sizes are those of the weights shows when it is.
    """
    widest = max((length for shape in shapes.values() for length in shape), default=1)
    most = dict.fromkeys(_WIDTHS, widest) | {
        **dict.fromkeys(_COUNTS, max(len(shapes), _SHARED_LAYERS)),
        "position_embeddings": _PLACES,
        "positions": _PLACES,
        "num_labels": max((shape[0] for shape in shapes.values() if shape), default=1),
    }
    content = read_object(file)
    if str(content.get("model_type")) in _SQUARE:
        most |= dict.fromkeys(("position_embeddings", "positions"), _SQUARE_PLACES)
    for key, value in items_of(content):
        setting = _PLACE.sub("", key)
        limit = next((least for ending, least in most.items() if setting.endswith(ending)), None)
        if limit is not None and isinstance(value, int) and value > limit:
            raise CheckpointError(
                f"The checkpoint {str(file.parent)!r} has weights of other sizes than its {CONFIG} says: {key} is "
                f"{value!r:.50}, where a model with its weights has {limit} at most. Take both from one checkpoint."
            )


def _check_size(model: nn.Module, name: str | Path, shapes: Mapping[str, Sequence[int]]) -> None:
    """Check that a model without weights is not much larger than its file, before there is memory for it."""
    size, stored = sum(one.numel() for one in model.parameters()), sum(map(math.prod, shapes.values()))
    if size > _LARGER * stored + _MORE**2:
        raise CheckpointError(
            f"The checkpoint {str(name)!r} has weights of other sizes than its {CONFIG} says: {stored} numbers are "
            f"stored, where that calls for {size}. Take both from one checkpoint."
        )


def without_weights(model_class: Any, config: Any, options: Mapping[str, Any], *, most: float = math.inf) -> Any:
    """Build a model whose parameters take no memory and no time, to look at, or for weights that will be assigned.

    Args:
        model_class: As in :func:`load_model`.
        config: Of the model.
        options: For the constructor of the model.
        most: Parameters that it may have, layers that share theirs counted once.

    Raises:
        ValueError: It would have more.
    """
    with _on_meta(most):
        if hasattr(model_class, "from_config"):  # the Auto classes, which cannot be called
            return model_class.from_config(config, trust_remote_code=False, **options)
        return model_class(config, **options)


@contextmanager
def _on_meta(most: float) -> Iterator[None]:
    """Make parameters without memory in this thread; buffers, which no file has, are made as usual."""
    register, own, count = nn.Module.register_parameter, threading.get_ident(), 0

    def register_on_meta(self: nn.Module, name: str, param: nn.Parameter | None) -> None:
        nonlocal count
        if param is not None and threading.get_ident() == own:
            count += 1
            if count > most:
                raise ValueError(f"its {CONFIG} calls for far more weights than it has; take both from one checkpoint")
            param = nn.Parameter(param.to("meta"), requires_grad=param.requires_grad)
            param._is_hf_initialized = True  # type: ignore[attr-defined]  # so that transformers draws no numbers for it
        register(self, name, param)

    nn.Module.register_parameter = register_on_meta  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.register_parameter = register  # type: ignore[method-assign]


def _from_floats(model_class: Any, folder: Path, config: Any, options: dict[str, Any]) -> Any:
    model, report = model_class.from_pretrained(
        str(folder),
        config=config,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        ignore_mismatched_sizes=True,  # told below, where transformers tells of them in a report of its own
        output_loading_info=True,
        **options,
    )
    if missing := sorted(report["missing_keys"]):
        raise CheckpointError(
            f"The checkpoint {str(folder)!r} lacks the weights {', '.join(missing[:5])}. Is it one of a "
            f"{model_class.__name__}, fine-tuned and saved with save_pretrained?"
        )
    if other := sorted(key for key, *_ in report["mismatched_keys"]):
        raise CheckpointError(
            f"The checkpoint {str(folder)!r} has weights of other sizes than its {CONFIG} says: "
            f"{', '.join(other[:5])}. Take both from one checkpoint."
        )
    return model


def check_finite(model: Any, name: str | Path) -> None:
    """Check that every weight is a number: a model with a NaN among them finds nothing and raises nothing.

    Args:
        model: A loaded model.
        name: Folder or hub name of its checkpoint.

    Raises:
        CheckpointError: A weight is NaN or infinite.
    """
    broken = [
        key
        for key, weight in model.state_dict().items()
        if weight.is_floating_point()
        and not weight.sum().isfinite()  # the sum is ten times as fast, but huge weights can overflow it
        and not weight.isfinite().all()
    ]
    if broken:
        raise CheckpointError(
            f"The checkpoint {str(name)!r} has weights that are NaN or infinite: {', '.join(broken[:5])}. The file is "
            "damaged, or the training failed; take another checkpoint."
        )


@contextmanager
def loading(what: str, name: str | Path) -> Iterator[None]:
    """Load without reports of transformers, and turn every error into a CheckpointError that names the checkpoint.

    Args:
        what: What is loaded, and from which files.
        name: Folder or hub name of the checkpoint.

    Raises:
        CheckpointError: Loading failed.
    """
    try:
        with _LOADING, quiet_transformers():
            yield
    except (CheckpointError, MemoryError):
        raise
    except BaseException as error:  # transformers, tokenizers and torch raise what they run into in a malformed folder
        if not isinstance(error, Exception) and type(error).__name__ != _PANIC:
            raise
        raise CheckpointError(f"Cannot load {what} from {str(name)!r}: {type(error).__name__}: {error}") from error


def check_outputs(name: str | Path, *outputs: npt.NDArray[Any]) -> None:
    """Check what a model says of :data:`TRIAL`, where settings that make no sense show.

    Args:
        name: Folder or hub name of the checkpoint.
        outputs: What the model says.

    Raises:
        CheckpointError: It is not all finite.
    """
    if not all(np.isfinite(output).all() for output in outputs):
        raise CheckpointError(
            f"The model of {str(name)!r} answers with NaN or infinity. Its {CONFIG} does not go with its weights: take "
            "both from one checkpoint."
        )


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep the progress bars and reports of transformers off the user's screen, where it was imported."""
    if "transformers" not in sys.modules:
        yield
        return
    from transformers import dynamic_module_utils
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    seconds = dynamic_module_utils.TIME_OUT_REMOTE_CODE
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    dynamic_module_utils.TIME_OUT_REMOTE_CODE = 0  # it refuses code where it would ask whether to run it
    try:
        yield
    finally:
        dynamic_module_utils.TIME_OUT_REMOTE_CODE = seconds
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def load_tokenizer(name: str | Path, *, special: Iterable[str] = ("pad_token",)) -> Any:
    """Load the fast tokenizer of a folder or hub model.

    Args:
        name: The folder, or the name on the hub, from where it is fetched unless it was before.
        special: Names of the special tokens that it must have.

    Raises:
        CheckpointError: There is none, or it is not a fast one (offsets need that), reads nothing, lacks one of these
            tokens, or the folder calls for code of its own.
    """
    from transformers import AutoTokenizer

    with loading(f"a tokenizer ({TOKENIZER}, {TOKENIZER_CONFIG})", name):
        folder = open_folder(name)
        if not any((folder / file).is_file() for file in VOCABULARIES):
            raise CheckpointError(f"The folder {str(name)!r} has no {TOKENIZER}. Copy the model's own tokenizer there.")
        if (folder / TOKENIZER).is_file():
            read_object(folder / TOKENIZER)
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
        if not tokenizer.is_fast:
            raise CheckpointError(f"The tokenizer of {str(name)!r} has no {TOKENIZER}; offsets need a fast tokenizer.")
        if not {0, 1}.issubset(_trial(tokenizer).sequence_ids):
            raise CheckpointError(f"The tokenizer of {str(name)!r} reads nothing: it has no token for the letter a.")
        lacking = [token for token in special if getattr(tokenizer, f"{token}_id") is None]
    if lacking:
        raise CheckpointError(
            f"The tokenizer of {str(name)!r} has no {', '.join(lacking)}. Name the token in {TOKENIZER_CONFIG}."
        )
    return tokenizer


def _trial(tokenizer: Any) -> Any:
    """Encode a pair of texts, special tokens included."""
    backend = tokenizer.backend_tokenizer
    backend.no_padding()
    backend.no_truncation()
    return backend.encode(TRIAL, "a")


def load_both(
    model_class: Any,
    name: str | Path,
    *,
    device: str = "cpu",
    special: Iterable[str] = ("pad_token",),
    dtype: torch.dtype = torch.float32,
) -> tuple[Any, Any]:
    """Load a model onto a device, and the tokenizer beside it.

    Args:
        model_class: As in :func:`load_model`.
        name: Folder or hub name of both.
        device: A torch device ("cpu", "cuda").
        special: As in :func:`load_tokenizer`.
        dtype: As in :func:`load_model`.

    Raises:
        CheckpointError: One of them cannot be loaded, or they do not belong together.
    """
    model, tokenizer = load_model(model_class, name, dtype=dtype), load_tokenizer(name, special=special)
    known = getattr(model.get_input_embeddings(), "num_embeddings", None)
    highest = max(*tokenizer.get_vocab().values(), *_trial(tokenizer).ids)
    if known is not None and highest >= known:
        raise CheckpointError(
            f"The tokenizer of {str(name)!r} gives ids up to {highest}, but its model knows {known} tokens. "
            "Copy the model's own tokenizer there."
        )
    if getattr(model.config, "pad_token_id", None) is None:  # a decoder finds the last token of a row by it
        model.config.pad_token_id = tokenizer.pad_token_id
    return model.to(device), tokenizer
