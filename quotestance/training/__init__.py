"""Training on one's own labels: labels in, a run folder out that :func:`quotestance.load` takes.

quotes       the reader, on annotated articles
stance       a stance model, on labelled quotes
gold         annotated articles -> articles of train, dev and test
labels       files of labels -> rows of train, dev and test
examples     articles -> windows with what the reader should say of them
inputs       rows -> token ids, batches, logits
losses, steps   what is learned down, and how fast
calibration  logits of held-out rows -> temperature and biases
checkpoint   what a run that was killed goes on from
run          the run folder: settings, log, lock
card, quote_card   what model cards say
"""

from quotestance.training.quotes import QuoteTraining, train_quotes
from quotestance.training.stance import StanceTraining, train_stance

__all__ = ["QuoteTraining", "StanceTraining", "train_quotes", "train_stance"]
