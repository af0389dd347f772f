"""Mail: one message to one person, through the SMTP server in the settings.

Whoever calls decides what to do when it does not work: nothing is kept and tried again here.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING

from headrace.errors import Unavailable

if TYPE_CHECKING:
    from headrace.settings import Settings

_PATIENCE = 20.0


class Mailer:
    """Sends plain text (RFC 5322). ``is_there`` tells whether an SMTP server is configured."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def is_there(self) -> bool:
        return bool(self._settings.smtp_host)

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send a message to one address. Raises Unavailable if the server does not take it."""
        message = EmailMessage()
        message["From"] = self._settings.mail_from
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._settings.mail_from.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices, please
        message.set_content(text)
        try:
            await asyncio.to_thread(self._deliver, message)
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable("the mail server does not take messages") from error

    def _deliver(self, message: EmailMessage) -> None:
        settings = self._settings
        with self._connection() as server:
            if settings.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password)
            server.send_message(message)

    def _connection(self) -> smtplib.SMTP:
        host, port = self._settings.smtp_host, self._settings.smtp_port
        if self._settings.smtp_security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=_PATIENCE, context=context)
        return smtplib.SMTP(host, port, timeout=_PATIENCE)
