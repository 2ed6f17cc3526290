#!/usr/bin/python
"""Ansible module: deletes a table that is protected against deletion."""

DOCUMENTATION = """
module: dynamodb_protected_table_absent
short_description: Deletes a DynamoDB table, its deletion protection first
description:
  - Lifts the protection, which community.aws.dynamodb_table does not know, deletes the table (of a global table,
    the replica in this region) and waits until it is gone. A table that is not there is passed over.
options:
  name:
    description: The table.
    type: str
    required: true
author: account-ledger
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = """
- name: Delete the table with everything in it
  dynamodb_protected_table_absent:
    region: ap-northeast-2
    name: account-table
"""

RETURN = """
existed:
  description: Whether there was such a table.
  returned: success
  type: bool
  sample: true
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

PATIENCE = {"Delay": 10, "MaxAttempts": 90}  # seconds, times: a replica takes some minutes


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(argument_spec={"name": {"type": "str", "required": True}}, supports_check_mode=True)
    name = module.params["name"]
    client: Any = module.client("dynamodb")
    try:
        table = client.describe_table(TableName=name)["Table"]
        if not module.check_mode:
            if table.get("DeletionProtectionEnabled", False):
                client.update_table(TableName=name, DeletionProtectionEnabled=False)
                client.get_waiter("table_exists").wait(TableName=name)
            if table["TableStatus"] != "DELETING":
                client.delete_table(TableName=name)
            client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig=PATIENCE)
    except client.exceptions.ResourceNotFoundException:
        module.exit_json(changed=False, existed=False)
    except (BotoCoreError, ClientError, WaiterError) as error:
        module.fail_json_aws(error, msg=f"The table {name} could not be deleted")
    module.exit_json(changed=True, existed=True)


if __name__ == "__main__":
    main()
