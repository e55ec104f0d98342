"""From records and exposure to verdicts: will it come back, and if so, from where?"""
