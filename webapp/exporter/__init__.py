"""Figures for Prometheus: counted from the same log lines that CloudWatch reads, served on a port of this machine.

Only where ``PROMETHEUS_MULTIPROC_DIR`` names a directory. The processes of a service keep their numbers in files there,
which outlive a process that is killed. Whoever starts the service empties it: on a host systemd (``RuntimeDirectory``).
"""
