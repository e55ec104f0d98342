"""Lists as data: what can be filtered, in which orders, and which columns there are.

Pages, exports in the background and links from elsewhere read a list through the same definition, so they agree.
"""
