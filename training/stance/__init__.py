"""Training the classifiers of stance, and the labels that they learn."""
