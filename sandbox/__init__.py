"""The cloud on one machine: two regions of DynamoDB, what lies between them, the resolvers and the apps.

For development and tests only. ``python -m sandbox up`` starts everything (``make sandbox`` calls it);
``python -m sandbox --help`` lists the switches that work while it runs. Where to look:

``supervisor.py``   starts the parts below, watches them and stops them
``engine.py``       one process: DynamoDB (``dynamo.py``), replication between its regions (``replication.py``),
                    the links that calls between regions go through (``proxy.py``), the switches (``control.py``)
``resolver.py``     one process per region: feeds the region's streams to the Lambda's handler, as AWS does
``picture/``        one process: a page that shows both regions, and a demonstration
``testing.py``      a sandbox of their own for tests
"""
