"""The command line: what a person or a script starts with `python run.py …`."""
