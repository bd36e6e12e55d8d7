"""Where providers of mail and storage process personal data, and the check that names those outside the EEA.

Sending personal data there is a transfer to a third country: chapter V of Regulation (EU) 2018/1725 (Articles 46 to 51)
for institutions of the Union, chapter V of the General Data Protection Regulation (Articles 44 to 50) for others. Both
allow it under conditions only. The check cannot judge them; it makes sure that somebody has.
"""

import os
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

# Regions of Amazon Web Services in the European Economic Area. London and Zurich are not.
_AWS_EEA = "eu-central-1|eu-west-1|eu-west-3|eu-north-1|eu-south-1|eu-south-2"


class Place(NamedTuple):
    """A provider by the end of its host name, and where it processes. An empty `outside` means: in the EEA."""

    host: str
    provider: str
    outside: str


# Collected in November 2026; providers change, and the contract counts. The first row that fits is taken. A host that
# is not here, such as your own mail server, is not judged.
PLACES = [
    Place(r"\.eu\.mailgun\.(net|org)", "Mailgun", ""),
    Place(r"\.mailgun\.(net|org)", "Mailgun", "the United States"),
    Place(r"\.mailjet\.com", "Mailjet", ""),
    Place(r"\.(brevo|sendinblue)\.com", "Brevo", ""),
    Place(r"\.postmarkapp\.com", "Postmark", "the United States"),
    Place(r"\.eu\.sendgrid\.com", "SendGrid", ""),
    Place(r"\.sendgrid\.(com|net)", "SendGrid", "the United States"),
    Place(r"\.gmail\.com", "Google", "the United States"),
    Place(rf"[.-]({_AWS_EEA})\.amazonaws\.com", "Amazon", ""),
    Place(r"\.amazonaws\.com", "Amazon", "a region outside the EEA"),
    Place(r"\.eu\.r2\.cloudflarestorage\.com", "Cloudflare", ""),
    Place(r"\.r2\.cloudflarestorage\.com", "Cloudflare", "no region in particular, outside the EEA included"),
    Place(r"\.storage\.googleapis\.com", "Google", "a region that its address does not tell"),
    Place(r"\.(ams3|fra1)\.digitaloceanspaces\.com", "DigitalOcean", ""),
    Place(r"\.digitaloceanspaces\.com", "DigitalOcean", "a region outside the EEA"),
    Place(r"\.eu-central-\d+\.backblazeb2\.com", "Backblaze", ""),
    Place(r"\.backblazeb2\.com", "Backblaze", "a region outside the EEA"),
    Place(r"\.(eu-central-1|eu-central-2|eu-west-2|eu-south-1)\.wasabisys\.com", "Wasabi", ""),
    Place(r"\.wasabisys\.com", "Wasabi", "a region outside the EEA"),
]

# Where anymail sends mails to, unless EMAIL_URL gives another api_url.
_API_HOSTS = {
    "mailgun": "api.mailgun.net",
    "mailjet": "api.mailjet.com",
    "postmark": "api.postmarkapp.com",
    "brevo": "api.brevo.com",
    "sendgrid": "api.sendgrid.com",
}


def place_of(host: str) -> Place | None:
    """The row for this host; None for a host that nothing is known of."""
    # The point in front lets “storage.googleapis.com” fit as well as “bucket.storage.googleapis.com”.
    name = "." + host.lower().rstrip(".")
    return next((place for place in PLACES if re.search(rf"{place.host}\Z", name)), None)


def mail_host() -> str:
    """The host that mails are handed to; empty where none are sent."""
    backend = settings.MAIL_DELIVERY_BACKEND
    if backend == "mailings.backends.Smtp":
        return settings.EMAIL_HOST
    if not backend.startswith("anymail."):
        return ""
    provider = backend.split(".")[2]
    if provider == "amazon_ses":
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return f"email.{region}.amazonaws.com" if region else ""
    return _host(settings.ANYMAIL.get(f"{provider.upper()}_API_URL", "")) or _API_HOSTS.get(provider, "")


def storage_host() -> str:
    """The host that uploads are kept at; empty where they stay in a folder."""
    options = settings.STORAGES["default"].get("OPTIONS", {})
    if "bucket_name" not in options:
        return ""
    # Without an endpoint it is Amazon's own service, and without a region the one that boto3 takes.
    return _host(options["endpoint_url"] or "") or f"s3.{options['region_name'] or 'us-east-1'}.amazonaws.com"


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


@checks.register("providers")
def check_providers(app_configs: object, **_kwargs: object) -> list[checks.CheckMessage]:
    """Warns at each start of a management command, such as the migration that comes before the site's own start."""
    found = []
    for purpose, variable, host, number in (
        ("Mails", "EMAIL_URL", mail_host(), "convoke.W001"),
        ("Uploads", "S3_ENDPOINT_URL and S3_REGION", storage_host(), "convoke.W002"),
    ):
        place = place_of(host)
        if place is None or not place.outside or place.provider.lower() in settings.PROVIDERS_OUTSIDE_EU_ACCEPTED:
            continue
        found.append(
            checks.Warning(
                f"{purpose} go to {place.provider} at {host}, which processes them in {place.outside}: a transfer of "
                f"personal data under chapter V of Regulation (EU) 2018/1725, or of the GDPR.",
                hint=(
                    f"Choose a host in the European Economic Area ({variable}). Or have your data-protection officer "
                    f"confirm an adequacy decision or appropriate safeguards, name the transfer in the privacy "
                    f"statement, and set PROVIDERS_OUTSIDE_EU_ACCEPTED={place.provider.lower()}."
                ),
                id=number,
            )
        )
    return found
