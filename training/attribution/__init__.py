"""Training the model that finds quotes, on PolNeAR and on our own passages over rare forms."""
