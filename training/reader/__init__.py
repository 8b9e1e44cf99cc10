"""Training the reader: quotes from PolNeAR and the conflict corpus, people from the conflict corpus and GUM."""
