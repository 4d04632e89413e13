"""Work that is queued in the graph and done by workers, each piece by one at a time (``:Job``)."""
