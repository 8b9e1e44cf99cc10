"""The one pass over a text: tokens and windows, the model that reads them, and what it says of each."""
