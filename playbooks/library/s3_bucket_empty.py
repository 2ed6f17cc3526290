#!/usr/bin/python
"""Ansible module: empties a bucket, with all versions, and leaves the bucket to its stack."""

DOCUMENTATION = """
module: s3_bucket_empty
short_description: Empties an S3 bucket
description:
  - Deletes every object with all its versions and delete markers. A bucket that is not there is passed over.
  - amazon.aws.s3_bucket can empty a bucket only to delete it, but this one belongs to a CloudFormation stack.
options:
  name:
    description: The bucket.
    type: str
    required: true
author: account-ledger
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = """
- name: Empty the bucket
  s3_bucket_empty:
    region: ap-northeast-2
    name: account-ledger-artifacts
"""

RETURN = """
deleted:
  description: How many versions and delete markers were (or would be) deleted.
  returned: success
  type: int
  sample: 3
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from botocore.exceptions import BotoCoreError, ClientError


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={"name": {"type": "str", "required": True}},
        supports_check_mode=True,
    )
    bucket = module.params["name"]
    client: Any = module.client("s3")
    deleted = 0
    try:
        # A page has at most 1000 versions, which is what one DeleteObjects takes.
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            if objects and not module.check_mode:
                answer = client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
                if answer.get("Errors"):
                    module.fail_json(msg=f"Not everything in {bucket} could be deleted: {answer['Errors'][:3]}")
            deleted += len(objects)
    except client.exceptions.NoSuchBucket:
        module.exit_json(changed=False, deleted=0)
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"{bucket} could not be emptied")
    module.exit_json(changed=deleted > 0, deleted=deleted)


if __name__ == "__main__":
    main()
