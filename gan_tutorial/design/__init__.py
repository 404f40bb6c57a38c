"""From generated pictures to designs: briefs, contests, evolution, solids and files."""
