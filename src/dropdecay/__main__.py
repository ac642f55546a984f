"""``python -m dropdecay``."""

from dropdecay.commands.app import main

main()
