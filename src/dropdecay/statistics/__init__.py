"""Statistics on plain arrays; knows nothing of networks."""
