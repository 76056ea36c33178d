"""Messages through Telegram's Bot API: `telegram://TOKEN@CHAT,CHAT?api=https://…`.

At least once: the API takes no key by which it could know a message again, so one that
was sent and not recorded comes twice, with the same alert number. A long message goes
in parts, and a part that was taken is not sent again.
"""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs, unquote

from scheduler import quoting
from scheduler.alerts import Message
from scheduler.channels import web
from scheduler.channels.errors import ChannelError
from scheduler.channels.masking import masked, token
from scheduler.quoting import Piece

API = "https://api.telegram.org"
# Of a message, after its marks are read, in UTF-16 units.
LIMIT = 4096


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

    def send(self, message: Message) -> None:
        """Send each part to each chat; what was taken before is left out."""
        texts = [markup(part) for part in quoting.split(message.pieces, LIMIT)]
        taken = list(message.taken)
        for chat in self.chats:
            for number, text in enumerate(texts):
                step = f"{token(chat)}/{number}"
                if step not in taken:
                    self._post(chat, text, taken)
                    taken.append(step)

    def check(self) -> None:
        """Nothing can be known to be wrong without sending."""

    def _post(self, chat: str, text: str, taken: Sequence[str]) -> None:
        asked = {
            "chat_id": chat,
            "text": text,
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        headers = {"Content-Type": "application/json", "User-Agent": "rasid"}
        url = f"{self.api}/bot{self.bot}/sendMessage"
        try:
            body = json.dumps(asked).encode()
            answer = web.post(url, body, headers, timeout=self.timeout)
        except ChannelError as error:
            raise ChannelError(f"telegram: {self._masked(str(error))}", taken=taken) from None
        said = _object(answer.body)
        # An answer that was cut off behind these letters is still a yes.
        if answer.taken and (said.get("ok") is True or answer.body.startswith(b'{"ok":true')):
            return
        reason = str(said.get("description") or "an answer that cannot be read")
        wait = said.get("parameters", {}).get("retry_after")
        raise ChannelError(
            f"telegram: chat {token(chat)[:4]} refused the message "
            f"({answer.status}, {self._masked(reason)})"[:500],
            retry_after=float(wait) if isinstance(wait, int | float) else None,
            taken=taken,
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


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
