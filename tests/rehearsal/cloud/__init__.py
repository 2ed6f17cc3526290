"""The control plane: moto's server with what it lacks, and the instances' metadata service.

moto keeps what the APIs are told; nothing of it runs. ``runner.py`` looks at the instances and functions in it and
makes real hosts and processes of them.
"""
