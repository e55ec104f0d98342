"""The demonstration: two plants, 26 weeks of records with sixteen planted truths, and the cases that grew from them."""
