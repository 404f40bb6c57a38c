"""Our own product pictures, drawn by formula, with exactly known attributes."""
