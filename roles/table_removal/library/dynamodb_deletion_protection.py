#!/usr/bin/python
"""Ansible module: the deletion protection of a table, which community.aws.dynamodb_table does not know."""

DOCUMENTATION = """
module: dynamodb_deletion_protection
short_description: Sets the deletion protection of a DynamoDB table
description:
  - Sets it and waits until the table is active again. A table that is not there is passed over.
options:
  name:
    description: The table.
    type: str
    required: true
  enabled:
    description: Whether it is protected.
    type: bool
    required: true
author: account-ledger
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = """
- name: Lift the protection
  dynamodb_deletion_protection:
    region: ap-northeast-2
    name: account-table
    enabled: false
"""

RETURN = """
exists:
  description: Whether there is such a table.
  returned: success
  type: bool
  sample: true
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from botocore.exceptions import BotoCoreError, ClientError


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "enabled": {"type": "bool", "required": True},
        },
        supports_check_mode=True,
    )
    name, wanted = module.params["name"], module.params["enabled"]
    client: Any = module.client("dynamodb")
    try:
        table = client.describe_table(TableName=name)["Table"]
        if table.get("DeletionProtectionEnabled", False) == wanted:
            module.exit_json(changed=False, exists=True)
        if not module.check_mode:
            client.update_table(TableName=name, DeletionProtectionEnabled=wanted)
            client.get_waiter("table_exists").wait(TableName=name)
    except client.exceptions.ResourceNotFoundException:
        module.exit_json(changed=False, exists=False)
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"The deletion protection of {name} could not be set")
    module.exit_json(changed=True, exists=True)


if __name__ == "__main__":
    main()
