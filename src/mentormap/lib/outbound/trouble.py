"""Why an address that a user gave is not called: a sentence for that user, which never holds the whole address."""


class OutboundTrouble(Exception):
    """`is_lasting`: waiting does not help, the address itself needs another look."""

    def __init__(self, sentence: str, *, is_lasting: bool = False) -> None:
        self.sentence, self.is_lasting = sentence, is_lasting
        super().__init__(sentence)
