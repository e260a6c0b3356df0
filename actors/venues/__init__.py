"""One folder per venue; a folder is found by being here, no shared file names it."""
