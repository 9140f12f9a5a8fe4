"""Why something is not done."""


class Refused(Exception):
    """It cannot be done; the message says what is wrong and what to do."""


class Overtaken(Refused):
    """Somebody else was faster: nothing was changed."""
