"""What ends an answer early; main() turns each into a message and an exit code."""


class InputError(Exception):
    """What the user asked for is wrong: exit code 2."""


class NothingEvaluatedError(Exception):
    """No point had a result: there is no answer, exit code 1."""


class SweepFailedError(Exception):
    """`partita sweep` ended with this exit code, and has said why."""

    def __init__(self, code: int, message: str = ""):
        super().__init__(message)
        self.code = code
