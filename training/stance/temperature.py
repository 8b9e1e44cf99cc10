"""The temperature and the biases of a stance model; the package has it, for whoever trains on labels of their own."""

from quotestance.training.calibration import TEMPERATURES, add_to_biases, calibrate, fit_calibration

__all__ = ["TEMPERATURES", "add_to_biases", "calibrate", "fit_calibration"]
