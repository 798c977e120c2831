"""What needs a cluster, if a small one on this machine: ``make cluster`` runs it, in an environment of its own."""
