"""A simulated DynamoDB global table, and what is run on it. Start reading at ``world.py``.

World: the regions and what is on its way between them (``world.py``), an endpoint as a program sees it, with faults
(``endpoint.py``), an endpoint itself (``region.py``, ``actions.py``), its tables (``table.py``, ``streams.py``,
``schema.py``). Expressions: text to functions (``expressions.py`` from ``tokens.py``, ``conditions.py``,
``updates.py``), what those call (``operations.py``), and values (``values.py``).
"""
