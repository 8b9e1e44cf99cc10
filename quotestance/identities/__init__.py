"""One person across articles: who is who by names, roles, countries and dates, and why.

The rooms, from the outside in: articles and tables (what is linked), linking (all steps), naming (names and ids),
people and organizations (groups), clustering, evidence (log-odds), authority (the user's own table), profiles,
sightings, bodies, names, roles, given_names, dates and romanization.
"""

from quotestance.identities.articles import Linked, link_speakers
from quotestance.identities.identity import IDENTITY_COLUMNS, Identity, Link, Seen, identity_rows

__all__ = ["IDENTITY_COLUMNS", "Identity", "Link", "Linked", "Seen", "identity_rows", "link_speakers"]
