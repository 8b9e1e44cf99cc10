"""Gold on who the sources are, and the calibration of Speaker.confidence."""
