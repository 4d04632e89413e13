"""How recall-tiny was made: words, corpus, tokenizer, training, evaluation. Run from the project's folder, never imported by it."""
