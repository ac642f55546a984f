"""Several ways to train the same networks on the same rows, each in a file of its own."""
