"""Who it is that a source names: one person or body under the fullest name, with role, affiliation and country.

The reader tells it. The rooms, from the outside in: resolve (sources to Speakers), profiles, belonging and own_states
(what is told of somebody, where they belong, whose office they hold), entities (which names are one person, body or
state), notes (what the reader noted), named_countries, pointings (whom words point at), names and extents. Tables of
countries stand in quotestance.countries.
"""
