"""Who it is that a source names: one person or body under the fullest name, with role, affiliation and country.

The reader tells it. The rooms, from the outside in: resolve (sources to Speakers), profiles, belonging and own_states
(what is told of somebody, where they belong, whose office they hold), entities with named_persons, named_bodies and
entity (which names are one person, body or state), notes (what the reader noted), pointings (whom
words point at) and extents. Tables of countries stand in quotestance.countries, the parts of people's names in
quotestance.text.
"""
