"""Optimizing a single network: minibatch training or L-BFGS."""
