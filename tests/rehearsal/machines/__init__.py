"""Real Debian hosts on this machine: image, network, firewall, boot and removal."""
