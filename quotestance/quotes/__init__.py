"""Finding quotes: tokens and windows, the attribution model, and what its reading is decoded into."""
