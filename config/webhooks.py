"""Where mail providers report what became of mails: those that EMAIL_URL knows, as far as their settings are complete.

Anymail has addresses for many more. Those that lack a key would answer each request with an error, and nothing here
reads mails that come in.
"""

import warnings
from collections.abc import Iterator

from anymail import urls as anymail_urls
from anymail.exceptions import AnymailConfigurationError
from django.urls import URLPattern

from config.environment import ANYMAIL_PROVIDERS


def _complete() -> Iterator[URLPattern]:
    known = {f"{provider}_tracking_webhook" for provider in ANYMAIL_PROVIDERS.values()}
    for pattern in anymail_urls.urlpatterns:
        if pattern.name not in known:
            continue
        try:
            # It warns of providers that it no longer tests, whether or not this site uses them.
            with warnings.catch_warnings(action="ignore"):
                pattern.callback.view_class(**pattern.callback.view_initkwargs)
        except AnymailConfigurationError:
            continue
        yield pattern


app_name = "anymail"
urlpatterns = list(_complete())
