"""The tables of the sandbox are those of the CloudFormation template."""

from pathlib import Path

import pytest

from sandbox.schema import BadTemplate, tables

TEMPLATE = """
Resources:
  Topic: {Type: "AWS::SNS::Topic"}
  One:
    Type: AWS::DynamoDB::GlobalTable
    DeletionPolicy: !Ref Policy
    Properties:
      TableName: one
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: k, AttributeType: S}]
      KeySchema: [{AttributeName: k, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      Replicas:
        - {Region: a, DeletionProtectionEnabled: true}
        - !If [HasAnother, {Region: !Ref Another, DeletionProtectionEnabled: true}, !Ref AWS::NoValue]
"""


def test_the_ledgers_tables_are_all_there_with_keys_indexes_and_streams() -> None:
    found = {table["TableName"]: table for table in tables()}
    assert set(found) == {"account-table", "journal-table", "control-table"}
    journal = found["journal-table"]
    assert [key["AttributeName"] for key in journal["KeySchema"]] == ["entry_id", "region"]
    assert len(journal["GlobalSecondaryIndexes"]) == 3
    for table in found.values():
        assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert table["DeletionProtectionEnabled"]


def test_tags_of_cloudformation_and_other_resources_are_no_obstacle(tmp_path: Path) -> None:
    template = tmp_path / "template.yml"
    template.write_text(TEMPLATE)
    (table,) = tables(template)
    assert (table["TableName"], table["DeletionProtectionEnabled"]) == ("one", True)


@pytest.mark.parametrize("wrong", [TEMPLATE.replace("TableName: one", "TableName: !Ref Name"), "Resources: {}"])
def test_a_template_that_says_too_little_is_refused(tmp_path: Path, wrong: str) -> None:
    template = tmp_path / "template.yml"
    template.write_text(wrong)
    with pytest.raises(BadTemplate):
        tables(template)
