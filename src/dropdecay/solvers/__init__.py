"""How a single network is trained: minibatch descent or L-BFGS."""
