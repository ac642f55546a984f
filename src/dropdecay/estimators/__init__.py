"""Estimators in scikit-learn's manner, and how they are kept on disk."""
