"""What must not stand in the logs."""

import logging
import re

# The address of a personal link is as good as the link; Django writes it down with every refused request.
_PERSONAL_LINK = re.compile(r"(/(?:address|address-change|calendar|invitation|speaker)/)[^/\s?\"']+")


class WithoutPersonalLinks(logging.Filter):
    """Replaces the tokens of personal links in messages; never drops a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cleaned = _PERSONAL_LINK.sub(r"\1…", message)
        if cleaned != message:
            record.msg, record.args = cleaned, None
        return True
