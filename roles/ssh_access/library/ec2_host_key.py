#!/usr/bin/python
"""Ansible module: the ssh host key of an instance, as cloud-init printed it on the instance's console."""

DOCUMENTATION = """
module: ec2_host_key
short_description: The ssh host key of an EC2 instance, from its console
description:
  - cloud-init prints the host keys on the console at first boot. GetConsoleOutput is authenticated by AWS, which a
    first connection by ssh is not.
  - Waits until the key is there. Changes nothing.
options:
  instance_id:
    description: The instance.
    type: str
    required: true
  wait_timeout:
    description: Seconds to wait for the key.
    type: int
    default: 600
author: account-ledger
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = """
- name: Read the host key
  ec2_host_key:
    region: ap-northeast-2
    instance_id: i-0123456789abcdef0
"""

RETURN = """
key:
  description: The ed25519 key as it stands in a known_hosts file, without the host's name.
  returned: success
  type: str
  sample: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
"""

import re
import time
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

BETWEEN_READS = 5  # seconds
_BLOCK = re.compile(r"-----BEGIN SSH HOST KEY KEYS-----(.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL)
_KEY = re.compile(r"(?:^|\s)(ssh-ed25519 [A-Za-z0-9+/]{68}=*)(?:\s|$)", re.MULTILINE)


def host_key(console: str) -> str | None:
    """The ed25519 key in the last complete block of ``console``; ``None`` if there is none yet.

    The last: an instance prints a block anew when its keys were made anew.
    """
    blocks = _BLOCK.findall(console)
    found = _KEY.search(blocks[-1]) if blocks else None
    return found[1] if found else None


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "instance_id": {"type": "str", "required": True},
            "wait_timeout": {"type": "int", "default": 600},
        },
        supports_check_mode=True,
    )
    instance = module.params["instance_id"]
    client: Any = module.client("ec2")
    deadline = time.monotonic() + module.params["wait_timeout"]
    while True:
        # ``Latest`` is for instances on Nitro, such as t3: without it, the output appears minutes after the boot.
        # botocore has decoded Output from base64 already.
        answer = client.get_console_output(InstanceId=instance, Latest=True)
        key = host_key(answer.get("Output", ""))
        if key is not None:
            module.exit_json(changed=False, key=key)
        if time.monotonic() > deadline:
            module.fail_json(
                msg=f"The console of {instance} shows no ssh host key. cloud-init prints it at the first boot only: if "
                "the instance was rebooted since, copy build/known_hosts from the machine that deployed it; otherwise "
                "look at its console: "
                f"aws ec2 get-console-output --latest --region {module.region} --instance-id {instance}"
            )
        time.sleep(BETWEEN_READS)


if __name__ == "__main__":
    main()
