"""Model folders, looked through before transformers sees them: they are read as data, and nothing in them is run.

Left to itself transformers asks on standard input whether to run the Python that a folder names, and follows what a
folder points to: weights elsewhere, kernels on the hub, the base model of an adapter. A folder that calls for any of
that is refused here, by file and key, and so is one whose settings are not what they must be. The name of a shipped
model becomes a folder first, and so does a hub name (``OWNER/NAME``), for which nothing is fetched but the files that a
model needs.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from quotestance.errors import CheckpointError

CONFIG, TOKENIZER, TOKENIZER_CONFIG = "config.json", "tokenizer.json", "tokenizer_config.json"
VOCABULARIES = (TOKENIZER, "vocab.txt", "vocab.json", "spm.model", "sentencepiece.bpe.model", "spiece.model")
"""Files of which a tokenizer needs one; without any, transformers builds a tokenizer with an empty vocabulary."""

_ADAPTER = "adapter_config.json"
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
_SMALL = (CONFIG, TOKENIZER_CONFIG, "special_tokens_map.json", "added_tokens.json")
_READ_WHOLE = (*_SMALL, *VOCABULARIES, "merges.txt", INDEX)
_FETCHED = (*_READ_WHOLE, WEIGHTS, "model-*-of-*.safetensors")
_READ_TOO = re.compile(r"(generation_config|tekken)\.json|(tokenizer|tiktoken)\.model|.*\.jinja")
"""Other files that transformers reads whole, for what is not asked of it here."""
_HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_HUB_SECONDS = 10  # that the hub has to answer
_TOKENIZER_CLASS = re.compile(r"(?!Auto|Rag)\w*(Tokenizer|TokenizerFast|Backend)")
_MOST_BYTES = 1 << 28  # of a file that is read whole; the largest vocabularies have an eighth of it
_PACKAGE = Path(__file__).parent
_SHIPPED = (_PACKAGE / "models", _PACKAGE.parent / "models")
_REFUSED = {
    "auto_map": "names Python code to run, and code of a checkpoint is never run. Save the model in one of "
    "transformers' own architectures; if it is of one, delete the key",
    "quantization_config": "tells of weights that another library made smaller. Save them as floats (dequantize()), "
    "and delete the key",
    "configuration_files": "names other files to read in the place of this one. Call the one that counts "
    "config.json, and delete the key",
    "fast_tokenizer_files": "names other files to read in the place of tokenizer.json. Call the one that counts "
    "tokenizer.json, and delete the key",
    "transformers_weights": "names another file of weights. Call it model.safetensors, and delete the key",
}


def open_folder(name: str | Path) -> Path:
    """Return the folder of a checkpoint after checking it; a hub model is fetched unless it was before.

    Args:
        name: The folder, the name of a shipped model, or ``OWNER/NAME`` on the hub. A ``Path`` is always a folder.

    Raises:
        CheckpointError: There is no such folder, and no such model here or on the hub; or the folder calls for code,
            pickled weights or anything outside it, or its settings are not what they must be.
        TypeError: It is neither text nor a path.
    """
    if not isinstance(name, str | os.PathLike):
        raise TypeError(f"A model is given by its folder or name, as 'stance-en', not as {type(name).__name__}.")
    folder = Path(name)
    if name == "" or not _is_folder(folder):
        if isinstance(name, str) and name in shipped_names():
            folder = shipped(name)
        elif isinstance(name, str) and _HUB_NAME.fullmatch(name):
            folder = _fetched(name)
        else:
            raise CheckpointError(
                f"There is no folder {str(name)!r}. Name one that holds a model, a hub model as OWNER/NAME, or one of "
                f"those that are shipped: {', '.join(shipped_names()) or 'none is'}."
            )
    _check(folder)
    return folder


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # its name is longer than any, or it is out of reach
        return False


def shipped(name: str) -> Path:
    """Folder of a shipped model; in a checkout it lies beside the package, in an installed wheel inside it.

    Raises:
        CheckpointError: No such model is shipped.
    """
    for root in _SHIPPED:
        if (root / name / CONFIG).is_file():
            return root / name
    raise CheckpointError(f"No model {name!r} is shipped here. Available: {', '.join(shipped_names()) or 'none'}.")


def shipped_names() -> list[str]:
    """Names of the models that are shipped, in alphabetical order."""
    return sorted({config.parent.name for root in _SHIPPED for config in root.glob(f"*/{CONFIG}")})


def is_shipped(folder: Path) -> bool:
    """Whether a folder is one of the shipped models, by where it lies."""
    return folder.resolve().parent in [root.resolve() for root in _SHIPPED]


def config_of(name: str | Path) -> dict[str, Any]:
    """Return the config of a checkpoint as it stands in its file; empty where there is none that can be read."""
    try:
        return read_object(open_folder(name) / CONFIG)
    except CheckpointError:
        return {}


def read_object(file: Path) -> dict[str, Any]:
    """Read the object that a JSON file holds.

    Raises:
        CheckpointError: It holds something else, or cannot be read.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{file} cannot be read as JSON: {error}. Is it cut short, or a Git LFS pointer?"
        ) from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{file} holds a {type(content).__name__} where an object belongs.")
    return content


def weight_files(folder: Path) -> list[Path]:
    """Return the files with the weights of a model: model.safetensors, else the shards that the index names, in order.

    Others that lie beside them, of another model or of a training, are none of its own.

    Raises:
        CheckpointError: There is neither, or the index names what is no *.safetensors file of the folder.
    """
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / INDEX).is_file():
        return [folder / name for name in sorted(_shards(folder / INDEX))]
    raise CheckpointError(
        f"The folder {str(folder)!r} has no {WEIGHTS}, and no {INDEX} that names its shards. Other files are not read, "
        "pickled weights (*.bin, *.pt) least of all, since they can run code; save the model anew with save_pretrained."
    )


def is_number(value: object, least: float = -1e300, most: float = 1e300) -> bool:
    """Whether a setting is a finite number in a range; ``true`` is none.

    >>> is_number(1), is_number(0.5, 0, 1), is_number(True), is_number("1"), is_number(float("nan"))
    (True, True, False, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def is_whole(value: object, least: int) -> bool:
    """Whether a setting is a whole number, and at least so much.

    >>> is_whole(1, 1), is_whole(0, 1), is_whole(1.0, 1)
    (True, False, False)
    """
    return isinstance(value, int) and is_number(value, least)


def _fetched(name: str) -> Path:
    from huggingface_hub import HfApi, snapshot_download

    patterns = list(_FETCHED)
    with suppress(Exception):  # it was not fetched before
        folder = Path(snapshot_download(name, allow_patterns=patterns, local_files_only=True))
        if _is_whole(folder):
            return folder
    try:
        HfApi().model_info(name, timeout=_HUB_SECONDS)  # asks once, a download many times
        return Path(snapshot_download(name, allow_patterns=patterns))
    except Exception as error:  # of the network, the hub or the cache: each has its own
        reason = " ".join(str(error).split()).rstrip(".")
        raise CheckpointError(
            f"{name!r} is no folder, and cannot be fetched from the hub: {reason}. Name a folder that holds a model, "
            f"or one that is shipped: {', '.join(shipped_names()) or 'none is'}."
        ) from error


def _is_whole(folder: Path) -> bool:
    """Whether a folder of the hub's cache has all that a model needs; a download may have been interrupted."""
    if (folder / INDEX).exists():
        _shards(folder / INDEX)
    return (
        (folder / CONFIG).exists()
        and bool(weight_files(folder))
        and any((folder / file).exists() for file in VOCABULARIES)
    )


def _check(folder: Path) -> None:
    if (folder / _ADAPTER).exists():
        raise CheckpointError(
            f"{folder / _ADAPTER}: the folder holds an adapter to another model. Merge the two (merge_and_unload()), "
            "and save the whole."
        )
    try:
        files = [*folder.iterdir(), *folder.glob("*/*.jinja")]
    except OSError as error:
        raise CheckpointError(
            f"{folder} cannot be looked through: {error.strerror}. See to its permissions."
        ) from error
    for file in files:
        _check_file(file)
    for file in (folder / name for name in _SMALL if (folder / name).exists()):
        content = read_object(file)
        for key, value in items_of(content):
            _check_item(file, key, value)
        if file.name == CONFIG:
            _check_labels(file, content.get("id2label"))
    if (folder / INDEX).exists():
        _shards(folder / INDEX)


def _check_file(file: Path) -> None:
    """Check that a file can be read to its end: no pipe, which may never give a byte, and no device without an end."""
    try:
        found = file.stat()
    except OSError:  # a link that leads nowhere, or in a circle
        return
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise CheckpointError(
            f"{file} is a pipe, a device or a socket, where a file belongs. Take the model's own file."
        )
    is_read = file.name in _READ_WHOLE or _READ_TOO.fullmatch(file.name)
    if is_read and found.st_size > _MOST_BYTES and stat.S_ISREG(found.st_mode):
        raise CheckpointError(
            f"{file} has {found.st_size} bytes, where at most {_MOST_BYTES} belong. Take the model's own file."
        )


def items_of(content: Any) -> Iterator[tuple[str, Any]]:
    """Keys and values at any depth; "encoder.id2label" is a key within a key."""
    waiting = [("", content)]  # no recursion: a file may be deeper than Python's stack
    while waiting:
        outer, nested = waiting.pop()
        for key, value in nested.items() if isinstance(nested, dict) else enumerate(nested):
            yield f"{outer}{key}", value
            if isinstance(value, dict | list):
                waiting.append((f"{outer}{key}.", value))


def _check_item(file: Path, key: str, value: Any) -> None:
    last = key.rpartition(".")[2]
    if value and last in _REFUSED:
        raise CheckpointError(f"{file}: {key!r} {_REFUSED[last]}.")
    if last.endswith("_implementation") and "/" in json.dumps(value):
        raise CheckpointError(
            f"{file}: {key!r} names code on the hub ({value!r}), and code of a checkpoint is never run. Delete the key."
        )
    if last == "tokenizer_class" and not (
        value is None or (isinstance(value, str) and _TOKENIZER_CLASS.fullmatch(value))
    ):
        raise CheckpointError(f"{file}: {key!r} is {value!r}, which is no class of tokenizers. Delete the key.")


def _check_labels(file: Path, labels: Any) -> None:
    """Check that the outputs are named, each by another name in whatever case."""
    if labels is None:  # transformers then makes some up
        return
    names = list(labels.values()) if isinstance(labels, dict) else []
    is_sound = (
        isinstance(labels, dict)
        and all(isinstance(name, str) for name in names)
        and set(labels) == {str(number) for number in range(len(names))}
        and len({name.lower() for name in names}) == len(names) > 0
    )
    if not is_sound:
        raise CheckpointError(
            f"{file}: 'id2label' does not name the outputs, each by a name of its own: {labels!r:.200}. "
            'Write {"0": "first label", "1": "second label", ...}.'
        )


def _shards(file: Path) -> set[str]:
    """Return the files that an index names, all of them safetensors of this folder: any other would be unpickled."""
    shards = read_object(file).get("weight_map")
    if not isinstance(shards, dict) or not shards:
        raise CheckpointError(f"{file} has no object 'weight_map' that says where each weight is.")
    for weight, shard in shards.items():
        is_sound = isinstance(shard, str) and shard.endswith(".safetensors") and Path(shard).name == shard
        if not (is_sound and (file.parent / shard).is_file()):
            raise CheckpointError(
                f"{file}: {weight!r} is in {shard!r}, which is no *.safetensors file of this folder. Complete the "
                "folder, or save the model anew with save_pretrained."
            )
    return set(shards.values())
