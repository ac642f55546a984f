"""Statistics on plain arrays, independent of networks."""
