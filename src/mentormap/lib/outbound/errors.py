"""The reason why a user's address cannot be called, as a sentence for that user, which never contains the whole address."""


class OutboundError(Exception):
    """The call failed. `is_lasting` means that waiting does not help and the address itself must be checked."""

    def __init__(self, sentence: str, *, is_lasting: bool = False) -> None:
        self.sentence, self.is_lasting = sentence, is_lasting
        super().__init__(sentence)
