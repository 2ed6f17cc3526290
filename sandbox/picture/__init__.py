"""A page that shows both regions, live, and a demonstration on it. Served on the loopback address only.

``server.py``          the page's files, what it asks for and what its buttons do; who may ask
``looking.py``         what is to be seen: accounts in each region's tables, links, resolvers, incidents
``demonstration.py``   runs the steps of ``steps.py``, one at a time, for everybody who looks
``paying.py``          payments through the applications' API, and their answers counted
``plain.py``           the program that everybody writes first, which is paid the same payments
"""
