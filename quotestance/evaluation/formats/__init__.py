"""Gold annotation and predictions, read from the formats in which people have them."""
