"""Pages for invitees, who come by a personal link, and for those who registered, who are signed in."""
