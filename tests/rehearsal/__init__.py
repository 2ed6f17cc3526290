"""The rehearsal: ``site.yml`` against a control plane and real Debian hosts, all on this machine.

``make rehearse`` (root, some packages: it names them) runs the tests of this folder in their order. Where to look:

``places.py``     names, addresses and folders
``needs.py``      what the machine must have
``machines/``     the hosts: image, network namespaces, router with the security groups, systemd-nspawn
``cloud/``        the control plane (moto, and what it lacks) and instance metadata, one process
``runner.py``     the process that starts all of it, boots a host for every EC2 instance, and removes everything
``operator.py``   the operator's seat: Ansible, ssh, HTTP and AWS calls from a network of its own
"""
