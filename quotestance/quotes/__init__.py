"""From what the reader says to quotes: decoding, grouping, transcripts, quotes inside quotes, media, assembly."""
