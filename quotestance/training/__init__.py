"""Training a stance model on one's own labels: labels in, a run folder out that :func:`quotestance.load` takes.

labels       files of labels -> rows of train, dev and test
inputs       rows -> token ids, batches, logits
calibration  logits of held-out rows -> temperature and biases
checkpoint   what a run that was killed goes on from
run          the run folder: settings, log, lock
stance       the training itself
card         what a model card says
"""

from quotestance.training.stance import StanceTraining, train_stance

__all__ = ["StanceTraining", "train_stance"]
