"""Tables in, numbers out; knows nothing of networks."""
