"""Tables in, numbers out, independent of networks."""
