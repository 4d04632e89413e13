"""The parts of an answer from memory: lines by rank, what fits, the form, a quote where no model answers, its account."""
