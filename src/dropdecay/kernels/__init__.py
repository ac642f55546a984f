"""Numba kernels: arrays and numbers in, arrays changed in place. Knows only ``arrays``."""
