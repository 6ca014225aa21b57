"""Why a file is not taken, in words for whoever sent it."""


class FileRefused(ValueError):
    """The file cannot be taken; the message is a sentence without the file's name."""
