"""Rows as a stance model reads them; the package has it, for whoever trains on labels of their own."""

from quotestance.training.inputs import (
    LONGEST,
    OUTPUTS,
    ROWS_A_BATCH,
    Logits,
    batches,
    encode,
    logits_of,
    predict,
    tokenize,
    without_context,
)

__all__ = [
    "LONGEST",
    "OUTPUTS",
    "ROWS_A_BATCH",
    "Logits",
    "batches",
    "encode",
    "logits_of",
    "predict",
    "tokenize",
    "without_context",
]
