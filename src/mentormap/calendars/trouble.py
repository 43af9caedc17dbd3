"""Why a calendar cannot be read: a sentence for its owner, which never holds the calendar's address."""


class FeedTrouble(Exception):
    """`is_lasting`: it will not pass by itself, so that whoever typed the address should look at it again."""

    def __init__(self, sentence: str, *, is_lasting: bool = False) -> None:
        self.sentence, self.is_lasting = sentence, is_lasting
        super().__init__(sentence)
