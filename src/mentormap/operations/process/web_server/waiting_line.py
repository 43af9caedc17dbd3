"""The queue of the threads: requests that will be refused by their head alone come last."""

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mentormap.operations.process.web_server.channel import ClientChannel


class Queue(deque["ClientChannel"]):
    """Used by waitress's dispatcher, under its lock, only through `append`, `popleft` and `len`."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: deque[ClientChannel] = deque()

    def append(self, channel: "ClientChannel") -> None:
        if channel.requests and channel.requests[0].is_refused:
            self.refused.append(channel)
        else:
            super().append(channel)

    def popleft(self) -> "ClientChannel":
        return super().popleft() if super().__len__() else self.refused.popleft()

    def __len__(self) -> int:
        return super().__len__() + len(self.refused)

    def __bool__(self) -> bool:
        return len(self) > 0
