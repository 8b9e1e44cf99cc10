"""Who it is that a source names: one person or body under the fullest name, with role, affiliation and country.

The reader tells it. The rooms, from the outside in: resolve (sources to Speakers), completion (what the whole article
makes probable), profiles and belonging (what is told of somebody, and where they belong), entities (which names are one
person, body or state), notes (what the reader noted), pointings (whom words point at), surroundings, countries, names
and extents.
"""
