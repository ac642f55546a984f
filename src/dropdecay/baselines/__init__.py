"""Other models beside the network, judged on the same folds."""
