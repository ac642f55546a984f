"""Find, prove and apply the right dropout and weight decay for a neural network."""

__version__ = "0.1.0"
