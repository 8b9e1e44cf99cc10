"""Stance toward escalation: the words that are read for a quote, the classifiers, and what carried a label."""
