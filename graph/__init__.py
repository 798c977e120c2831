"""What exists and how it relates: exercises, injuries, structures, muscles, equipment, sources."""
