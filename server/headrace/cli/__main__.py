"""``python -m headrace.cli``, where the script is not on the path."""

from headrace.cli.program import main

main()
