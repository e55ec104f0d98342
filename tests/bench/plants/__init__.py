"""A plant simulator with known truth: a plain, a heterogeneous or a wild plant, its causes and its traps."""
