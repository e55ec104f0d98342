"""Statistics of defects: numbers in, frozen results out. No Django, no files, no clock, no hidden randomness."""
