"""How good linking speakers across articles is."""
