"""One page, without a network, in which the graph can be searched, read and seen."""
