"""``python -m dropdecay``."""

from dropdecay.cli import main

main()
