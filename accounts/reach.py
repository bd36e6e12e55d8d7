"""What each kind of link and session may do: the one table that middleware, views, settings and checks use.

`python manage.py reach_table` prints it as the generated part of docs/security.md. A route whose address holds a secret
calls it `token` and is listed here; the middleware refuses any other (see accounts/middleware.py).

This module imports nothing of the project, so that every layer and the settings can read it.
"""

import datetime
from dataclasses import dataclass
from fnmatch import fnmatchcase

# Links to invitees and speakers work this long after the conference: people look up what they sent.
LINKS_OUTLIVE_THE_CONFERENCE = datetime.timedelta(days=30)

# Names of views that allauth brings. All of them but those of SIGNING_IN are for organisers.
_ALLAUTH = ("account_", "mfa_")


@dataclass(frozen=True)
class Way:
    """One kind of link or session. Texts are for docs/security.md; `opens` holds names of views, `*` stands for any
    ending. `lifetime` is what the code enforces, None where a way has no fixed duration."""

    title: str
    proof: str
    stored: str
    lasts: str
    ends: str
    may: str
    opens: tuple[str, ...]
    lifetime: datetime.timedelta | None = None
    # The address itself holds the secret, as `token`.
    by_token: bool = False
    # The visitor is signed in; all other ways work without an account.
    signed_in: bool = False

    def allows(self, view_name: str) -> bool:
        return any(fnmatchcase(view_name, pattern) for pattern in self.opens)

    @property
    def duration(self) -> str:
        """How long it lasts, in words."""
        return self.lasts.format(lifetime=_in_words(self.lifetime) if self.lifetime else "")


def _in_words(length: datetime.timedelta) -> str:
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        number, rest = divmod(int(length.total_seconds()), unit)
        if number and not rest:
            return f"{number} {name}{'' if number == 1 else 's'}"
    return f"{int(length.total_seconds())} seconds"


NOTHING = Way(
    title="No link and no session",
    proof="Nothing.",
    stored="Nothing is stored.",
    lasts="Always.",
    ends="Withdraw the conference or the release from the public pages.",
    may="Read the public pages of published conferences, the released programme and the catalogue.",
    opens=(
        "healthz",
        "conference:home",
        "conference:detail",
        "conference:page",
        "agenda:programme",
        "agenda:timeline",
        "agenda:session",
        "agenda:session_calendar",
        "agenda:speakers",
        "agenda:speaker",
        "agenda:photo",
        "agenda:public_document",
        "agenda:schedule_xml",
        "agenda:schedule_json",
        "agenda:calendar",
        "agenda:csv",
        "agenda:xlsx",
        "agenda:programme_pdf",
        "marketplace:catalogue",
        "marketplace:missed",
        "marketplace:entry",
        "marketplace:picture",
    ),
)
SCREENS = Way(
    title="Screen link",
    proof="Nothing: the address names the room and holds no secret.",
    stored="Nothing is stored.",
    lasts="While the programme is public.",
    ends="Withdraw the release from the public pages.",
    may="Show what the released programme says of a room. Nothing else is on these pages.",
    opens=("agenda:screens", "agenda:screen", "agenda:screen_data"),
)
INVITATION_LINK = Way(
    title="Invitation link",
    proof="256 random bits in the address, sent to the invited address and to everybody in copy.",
    stored="Only its SHA-256, one row for each mail. A queued mail holds the link encrypted.",
    lasts="Replies: until the reply-by date. Looking: until {lifetime} after the conference.",
    ends="Revoke the invitation, or correct its address. An ended link shows no name, city or address.",
    may="Read the invitation, reply to it, and see the names and status of the people who come. It signs nobody in.",
    opens=("registrations:invitation", "registrations:invitation_opened", "registrations:invitation_decline"),
    lifetime=LINKS_OUTLIVE_THE_CONFERENCE,
    by_token=True,
)
LINK_GRANT = Way(
    title="Session after a reply by link",
    proof="The browser sent the first reply by an invitation link. Opening a used link gives nothing.",
    stored="Numbers of the invitation and its people, and an end time, in the session of that browser.",
    lasts="{lifetime}, and never longer than the link itself.",
    ends="It ends with its link, and when somebody signs in with that browser.",
    may="See and change the registrations made in this browser, and add people to the invitation. No account pages, "
    "no other people, no meetings, market place or personal programme.",
    opens=(
        "registrations:mine",
        "registrations:add_person",
        "registrations:participant",
        "registrations:participant_change",
        "registrations:participant_address",
        "registrations:participant_replace",
        "registrations:needs_withdraw",
        "registrations:participant_withdraw",
        "registrations:participant_pdf",
        "registrations:participant_calendar",
    ),
    lifetime=datetime.timedelta(hours=2),
)
SPEAKER_LINK = Way(
    title="Speaker link",
    proof="256 random bits in the address, sent to the speaker.",
    stored="Only its SHA-256, one row for each mail. A queued mail holds the link encrypted.",
    lasts="Until {lifetime} after the last session of the conference.",
    ends="Revoke the speaker’s links, or correct the address. An ended link shows no name.",
    may="Accept or decline, edit the biography, and send or delete the speaker’s own files. Once accepted: read the "
    "briefing, and the run of show of sessions that the speaker moderates.",
    opens=(
        "agenda:speaker_link",
        "agenda:speaker_accept",
        "agenda:speaker_decline",
        "agenda:speaker_profile",
        "agenda:speaker_briefing",
        "agenda:speaker_run_of_show",
        "agenda:speaker_documents",
        "agenda:speaker_document",
        "agenda:speaker_document_delete",
    ),
    lifetime=LINKS_OUTLIVE_THE_CONFERENCE,
    by_token=True,
)
ADDRESS_NOTICE = Way(
    title="Link in a notice to an address that somebody else gave",
    proof="256 random bits in the address, sent to the address that was given.",
    stored="Only its SHA-256. A queued mail holds the link encrypted. Sending the notice again replaces the link.",
    lasts="Until {lifetime} after the conference.",
    ends="Send the notice again from the registration’s page; delete the notice.",
    may="Confirm the address, or object to it. It shows the delegation that gave the address and why, but no names.",
    opens=("registrations:address_notice",),
    lifetime=LINKS_OUTLIVE_THE_CONFERENCE,
    by_token=True,
)
ADDRESS_CHANGE = Way(
    title="Links in the mails about a changed address",
    proof="256 random bits in each address: one sent to the new e-mail address, another one to the old.",
    stored="Only their SHA-256. A queued mail holds the link encrypted.",
    lasts="{lifetime}, or until the change takes effect or is stopped.",
    ends="Cancel the change on the registration’s page.",
    may="From the new address: confirm the change or say that the address is wrong. From the old address: keep it, or "
    "agree to the change where that is needed.",
    opens=("registrations:address_change", "registrations:address_keep"),
    lifetime=datetime.timedelta(days=7),
    by_token=True,
)
PROGRAMME_FEED = Way(
    title="Calendar address of the programme",
    proof="256 random bits in the address, shown once to the signed-in reader.",
    stored="Only its SHA-256.",
    lasts="Until it is revoked, and while the conference is public and the account active.",
    ends="The reader revokes it, or makes a new one.",
    may="Read one person’s own programme as a calendar.",
    opens=("agenda:feed",),
    by_token=True,
)
MEETINGS_FEED = Way(
    title="Calendar address of the meetings",
    proof="256 random bits in the address, shown once to the signed-in participant.",
    stored="Only its SHA-256.",
    lasts="Until it is revoked, and while the person takes part.",
    ends="The participant revokes it, or makes a new one.",
    may="Read one person’s meetings as a calendar, with the names of their partners.",
    opens=("meetings:feed",),
    by_token=True,
)
LIVE_LOOK = Way(
    title="Live look of the meetings page",
    proof="A signed participant number with its time, in the page of the signed-in participant.",
    stored="Nothing: the signature is made with SECRET_KEY.",
    lasts="{lifetime}.",
    ends="Change SECRET_KEY without keeping the old one in SECRET_KEY_FALLBACKS.",
    may="Learn that something on the meetings page changed, not what.",
    opens=("meetings:live",),
    lifetime=datetime.timedelta(hours=18),
    by_token=True,
)
SIGN_IN_CODE = Way(
    title="Sign-in code",
    proof="A code sent to the address on file, typed into the same browser.",
    stored="In the session of that browser until it is used. A queued mail holds the code encrypted.",
    lasts="{lifetime}, at most three attempts.",
    ends="Ask for a newer code, or deactivate the account.",
    may="Sign in. Organisers are then asked for their second factor.",
    opens=("account_request_login_code", "account_confirm_login_code"),
    lifetime=datetime.timedelta(minutes=10),
)
SIGNING_IN = Way(
    title="Other pages on the way in",
    proof="Nothing: these pages ask for it. A password resets only by a code that is sent to organisers alone.",
    stored="Codes as above. Passwords only as salted hashes.",
    lasts="Always. Codes for a new password last {lifetime}.",
    ends="Deactivate the account.",
    may="Sign in with a password, a security key or a second factor, sign out, and reset an organiser’s password. "
    "Nobody can sign up.",
    opens=(
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",
        "account_email_verification_sent",
        "account_reset_password",
        "account_confirm_password_reset_code",
        "account_complete_password_reset",
        "account_password_reset_completed",
        "mfa_authenticate",
        "mfa_login_webauthn",
    ),
    lifetime=datetime.timedelta(minutes=10),
)
PARTICIPANT_SESSION = Way(
    title="Participant’s session",
    proof="A sign-in code. Participants have no password and no second factor.",
    stored="In the database; the cookie holds a random key, for HTTPS only and out of reach of scripts.",
    lasts="{lifetime}.",
    ends="Sign out, or deactivate the account.",
    may="See and change the registrations of this person and of the invitations they received or assist; their own "
    "programme, meetings and market place. No account pages.",
    opens=(
        *LINK_GRANT.opens,
        "agenda:mine",
        "agenda:star",
        "agenda:my_*",
        "marketplace:*",
        "meetings:*",
    ),
    lifetime=datetime.timedelta(days=14),
    signed_in=True,
)
PREVIEW = Way(
    title="Programme preview link",
    proof="An organiser’s session with the permission to see sessions. The address itself holds no secret.",
    stored="Nothing is stored.",
    lasts="As long as the session.",
    ends="Take the permission away.",
    may="Read the working version of the programme. For everybody else the address answers 404 or asks to sign in.",
    opens=("agenda:preview",),
    signed_in=True,
)
ORGANISER_SESSION = Way(
    title="Organiser’s session",
    proof="A sign-in code or a password, and a second factor (an authenticator app or a security key).",
    stored="As a participant’s session. Secrets of second factors are in the database.",
    lasts="{lifetime} without use.",
    ends="Sign out, change the password, or deactivate the account.",
    may="What the organiser’s permissions allow on the organisers’ pages, the programme preview and working documents. "
    "Account pages ask for a fresh second factor or code first, and each change is reported to the addresses on file.",
    opens=(
        *PARTICIPANT_SESSION.opens,
        *PREVIEW.opens,
        "admin:*",
        "agenda:run_of_show",
        "agenda:door_signs",
        "agenda:room_signs",
        "agenda:briefing",
        "account_email",
        "account_change_password",
        "account_set_password",
        "account_reauthenticate",
        "account_sign_in_again",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
    ),
    lifetime=datetime.timedelta(hours=12),
    signed_in=True,
)
WEBHOOK = Way(
    title="Webhook of the mail provider",
    proof="The secret ANYMAIL_WEBHOOK_SECRET, sent as HTTP basic authentication.",
    stored="In the environment of the site. Without it these addresses do not exist.",
    lasts="Until the secret is changed.",
    ends="Change or remove ANYMAIL_WEBHOOK_SECRET.",
    may="Report that a mail was delivered or came back.",
    opens=("anymail:*",),
)

WAYS = (
    NOTHING,
    SCREENS,
    INVITATION_LINK,
    LINK_GRANT,
    ADDRESS_NOTICE,
    ADDRESS_CHANGE,
    SPEAKER_LINK,
    PROGRAMME_FEED,
    MEETINGS_FEED,
    LIVE_LOOK,
    SIGN_IN_CODE,
    SIGNING_IN,
    PARTICIPANT_SESSION,
    ORGANISER_SESSION,
    PREVIEW,
    WEBHOOK,
)

# Looking at these is harmless, or is itself how organisers prove again who they are.
_WITHOUT_FRESH_PROOF = {
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "account_reauthenticate",
    "account_sign_in_again",
}
# How long a second factor or a code counts as fresh.
FRESH_FOR = datetime.timedelta(minutes=10)


def opened_by_token(view_name: str) -> bool:
    """Whether a secret in the address of this view proves something."""
    return any(way.by_token and way.allows(view_name) for way in WAYS)


def is_account_page(view_name: str) -> bool:
    """Whether the page belongs to an organiser's own account. Pages that a new version of allauth brings do, too."""
    signing_in = SIGNING_IN.allows(view_name) or SIGN_IN_CODE.allows(view_name)
    return view_name.startswith(_ALLAUTH) and not signing_in


def is_about_passwords(view_name: str) -> bool:
    """Whether the page resets a password that was forgotten."""
    return SIGNING_IN.allows(view_name) and "password" in view_name


def needs_fresh_proof(view_name: str) -> bool:
    """Whether an organiser has to prove again who they are before the page opens."""
    return is_account_page(view_name) and view_name not in _WITHOUT_FRESH_PROOF
