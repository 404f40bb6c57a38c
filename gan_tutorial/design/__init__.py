"""From generated pictures to designs: briefs, search, evolution, solids and files."""
