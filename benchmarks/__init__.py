"""How long things take, each beside something to compare it with (``make bench``)."""
