"""How far to trust one prediction: what out-of-fold outputs say, beside what is true."""
