"""Messages through Telegram's Bot API: `telegram://TOKEN@CHAT,CHAT?api=https://…`.

At least once: the API takes no key by which it could know a message again, so one that
was sent and not recorded comes twice, with the same alert number. A long message goes
in parts, and a part that was taken is not sent again. Telegram's numbers of messages are
kept: copies are edited into their alert, a correction answers it.
"""

import html
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, unquote

from scheduler import quoting
from scheduler.alerts import Message
from scheduler.channels import web
from scheduler.channels.errors import PATIENCE, CannotEditError, ChannelError
from scheduler.channels.masking import masked, token
from scheduler.quoting import Piece

API = "https://api.telegram.org"
# Of a message, after its marks are read, in UTF-16 units.
LIMIT = 4096
# What it answers when a message cannot be edited: gone, too old, not the bot's.
_BAD = 400


class _Step(NamedTuple):
    """A part of a message for a chat: what it said, and Telegram's number of it, once taken."""

    chat: str
    part: int
    digest: str
    number: str
    # Only while it is sent; the archive does not learn where its alerts go.
    chat_id: str = ""

    @property
    def place(self) -> tuple[str, int]:
        """Which part for which chat."""
        return self.chat, self.part


_Steps = dict[tuple[str, int], _Step]
# How a step is kept in the archive.
_MARK = re.compile(r"(\w+)/(\d+)/(\w+)=(\d*)")


@dataclass(frozen=True, slots=True, repr=False)
class Telegram:
    """Sends to the chats of one bot."""

    bot: str
    chats: Sequence[str]
    api: str = API
    timeout: float = web.TIMEOUT

    @classmethod
    def of(cls, url: str) -> Self:
        """Read an address; raise ChannelError, which does not repeat it, where it is none."""
        place, _, query = url.partition("://")[2].partition("?")
        bot, _, chats = place.rstrip("/").rpartition("@")
        # A channel's public name begins with @ itself: TOKEN@@name.
        if bot.endswith("@"):
            bot, chats = bot[:-1], "@" + chats
        named = [unquote(chat) for chat in chats.split(",") if chat]
        options = parse_qs(query)
        api = options.pop("api", [API])[0]
        if ":" not in bot or not named or options or not api.startswith(("http://", "https://")):
            raise ChannelError("telegram: the address must be like telegram://123:ABC@CHAT")
        return cls(unquote(bot), named, api.rstrip("/"))

    def send(self, message: Message) -> Sequence[str]:
        """Send each part to each chat; what was taken before is left out."""
        steps = _steps(message.taken)
        above = _steps(message.under)

        def post(step: _Step, text: str) -> None:
            if step.place in steps and steps[step.place].digest == step.digest:
                return
            asked = self._asked(step.chat_id, text)
            parent = above.get(step.place)
            if step.part == 0 and parent is not None and parent.number:
                said = {"message_id": int(parent.number), "allow_sending_without_reply": True}
                asked["reply_parameters"] = said
            number = self._call("sendMessage", asked, step, steps)
            steps[step.place] = step._replace(number=number)

        self._each_part(message, post, steps)
        return _marks(steps)

    def edit(self, message: Message) -> Sequence[str]:
        """Change the parts that say something else now; no part is added or taken away."""
        steps = _steps(message.taken)
        parts = range(len(quoting.split(message.pieces, LIMIT)))
        places = {(token(chat), part) for chat in self.chats for part in parts}
        if places != steps.keys() or not all(step.number for step in steps.values()):
            raise CannotEditError("telegram: what was sent has no room for more")

        def post(step: _Step, text: str) -> None:
            before = steps[step.place]
            if before.digest != step.digest:
                asked = {**self._asked(step.chat_id, text), "message_id": int(before.number)}
                self._call("editMessageText", asked, step, steps)
                steps[step.place] = step._replace(number=before.number)

        self._each_part(message, post, steps)
        return _marks(steps)

    def check(self) -> None:
        """Nothing can be known to be wrong without sending."""

    def _each_part(
        self, message: Message, post: Callable[[_Step, str], None], steps: _Steps
    ) -> None:
        """Let *post* see to each part for each chat, as long as there is time."""
        begun = time.monotonic()
        texts = [markup(part) for part in quoting.split(message.pieces, LIMIT)]
        for chat in self.chats:
            for part, text in enumerate(texts):
                if time.monotonic() - begun > PATIENCE:
                    reason = "telegram: slow; the rest of the message follows"
                    raise ChannelError(reason, retry_after=1, taken=_marks(steps))
                post(_Step(token(chat), part, token(text), "", chat), text)

    def _asked(self, chat: str, text: str) -> dict[str, Any]:
        return {
            "chat_id": chat,
            "text": text,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }

    def _call(self, method: str, asked: dict[str, Any], step: _Step, steps: _Steps) -> str:
        """Call *method* and return the number of the message, where the answer says it."""
        headers = {"Content-Type": "application/json", "User-Agent": "rasid"}
        url = f"{self.api}/bot{self.bot}/{method}"
        marks = _marks(steps)
        try:
            body = json.dumps(asked).encode()
            answer = web.post(url, body, headers, timeout=self.timeout)
        except ChannelError as error:
            reason = f"telegram: {self._masked(str(error))}"
            raise ChannelError(reason, taken=marks, untaken=error.untaken) from None
        said = _object(answer.body)
        # An answer that was cut off behind these letters is still a yes.
        if answer.taken and (said.get("ok") is True or answer.body.startswith(b'{"ok":true')):
            number = _inner(said, "result").get("message_id")
            return str(number) if isinstance(number, int) else ""
        reason = str(said.get("description") or "an answer that cannot be read")
        if "message is not modified" in reason:
            return ""
        kind = (
            CannotEditError
            if method == "editMessageText" and answer.status == _BAD
            else ChannelError
        )
        wait = _inner(said, "parameters").get("retry_after")
        raise kind(
            f"telegram: chat {step.chat[:4]} refused the message "
            f"({answer.status}, {self._masked(reason)})"[:500],
            retry_after=float(wait) if isinstance(wait, int | float) else None,
            taken=marks,
            untaken=answer.refused,
        )

    def _masked(self, text: str) -> str:
        return masked(text, f"telegram://{self.bot}/" + "/".join(self.chats))


def markup(parts: Sequence[Piece]) -> str:
    """Return the text as Telegram's HTML, what is marked in bold and underlined."""
    return "".join(
        f"<b><u>{html.escape(part.text, quote=False)}</u></b>"
        if part.marked
        else html.escape(part.text, quote=False)
        for part in parts
    )


def _steps(marks: Sequence[str]) -> _Steps:
    """Read what is kept; what another kind of channel left there is none of ours."""
    read = [found for mark in marks if (found := _MARK.fullmatch(mark))]
    steps = [
        _Step(chat, int(part), digest, number)
        for chat, part, digest, number in map(re.Match.groups, read)
    ]
    return {step.place: step for step in steps}


def _marks(steps: _Steps) -> list[str]:
    return [f"{step.chat}/{step.part}/{step.digest}={step.number}" for step in steps.values()]


def _inner(said: dict[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
