"""For each policy, changes to the stacks that break it and nothing else."""

from collections.abc import Callable
from typing import Any

from tests.unit.cloudformation import access_policies as access
from tests.unit.cloudformation import running_policies as running
from tests.unit.cloudformation import table_policies as tables
from tests.unit.cloudformation.stacks import Template

type Changed = dict[str, Template]
type Flaw = Callable[[Changed], Any]


def at(stacks: Changed, stack: str, logical_id: str) -> Any:
    """The properties of a resource."""
    return stacks[stack]["Resources"][logical_id]["Properties"]


def board(old: str, new: str) -> Flaw:
    """The dashboard with other words in it."""

    def flaw(stacks: Changed) -> None:
        body = at(stacks, "dashboard", "Dashboard")["DashboardBody"]
        assert old in body["Fn::Sub"]
        body["Fn::Sub"] = body["Fn::Sub"].replace(old, new)

    return flaw


def without(stack: str, logical_id: str, *keys: str) -> Flaw:
    """The resource without one property."""

    def flaw(stacks: Changed) -> None:
        found = at(stacks, stack, logical_id)
        for key in keys[:-1]:
            found = found[key]
        del found[keys[-1]]

    return flaw


def with_(stack: str, logical_id: str, **properties: Any) -> Flaw:
    """The resource with other properties."""
    return lambda stacks: at(stacks, stack, logical_id).update(properties)


def replica(stacks: Changed) -> Any:
    """The journal's replica in the second region."""
    return at(stacks, "tables", "JournalTable")["Replicas"][1]


def statement(stacks: Changed, stack: str, role: str, sid: str) -> Any:
    """One statement of a role, by its Sid."""
    policies = at(stacks, stack, role)["Policies"]
    found = [s for policy in policies for s in policy["PolicyDocument"]["Statement"] if s["Sid"] == sid]
    return found[0]


def app(sid: str, **changes: Any) -> Flaw:
    """A statement of the app's role, changed."""
    return lambda stacks: statement(stacks, "hosts", "AppRole", sid).update(changes)


def bastion(sid: str, **changes: Any) -> Flaw:
    """A statement of the bastion's role, changed."""
    return lambda stacks: statement(stacks, "hosts", "BastionRole", sid).update(changes)


def inbound(group: str, **rule: Any) -> Flaw:
    """One more inbound rule."""
    rule |= {"IpProtocol": "tcp", "Description": "one more"}
    return lambda stacks: at(stacks, "network", group)["SecurityGroupIngress"].append(rule)


def operator(**changes: Any) -> Flaw:
    """The parameter OperatorCidr, changed."""
    return lambda stacks: stacks["network"]["Parameters"]["OperatorCidr"].update(changes)


def _retained(policy: str, value: str) -> Flaw:
    return lambda stacks: stacks["tables"]["Resources"]["JournalTable"].update({policy: value})


ANY = "0.0.0.0/0"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
STREAM = "arn:aws:dynamodb:ap-northeast-2:000000000000:table/account-table/stream/2026"

FLAWS: dict[Any, list[Flaw]] = {
    tables.replicas_need_streams: [
        without("tables", "AccountTable", "StreamSpecification"),
        with_("tables", "AccountTable", StreamSpecification={"StreamViewType": "KEYS_ONLY"}),
    ],
    tables.keys_are_defined_and_nothing_else: [
        lambda stacks: at(stacks, "tables", "JournalTable")["AttributeDefinitions"].pop(),
        lambda stacks: at(stacks, "tables", "ControlTable")["AttributeDefinitions"].append({"AttributeName": "x"}),
    ],
    tables.replicas_are_in_different_regions: [
        lambda stacks: at(stacks, "tables", "JournalTable")["Replicas"].append(dict(replica(stacks))),
    ],
    tables.the_ledgers_regions_have_replicas: [
        lambda stacks: replica(stacks).update(Region="eu-west-1"),
        lambda stacks: at(stacks, "tables", "JournalTable")["Replicas"].pop(0),
    ],
    tables.the_tables_stack_stays_in_the_home_region: [
        lambda stacks: stacks["tables"].pop("Rules"),
        lambda stacks: stacks["tables"]["Rules"]["HomeRegion"]["Assertions"].pop(0),
    ],
    tables.tables_outlive_their_stack: [
        _retained("DeletionPolicy", "Delete"),
        _retained("DeletionPolicy", "Retain"),
        _retained("UpdateReplacePolicy", "Delete"),
        lambda stacks: stacks["tables"]["Resources"]["JournalTable"].pop("DeletionPolicy"),
    ],
    tables.every_replica_is_protected: [
        lambda stacks: replica(stacks).update(DeletionProtectionEnabled=False),
        lambda stacks: replica(stacks).pop("PointInTimeRecoverySpecification"),
        lambda stacks: at(stacks, "tables", "JournalTable")["Replicas"][2]["Fn::If"][1].pop(
            "DeletionProtectionEnabled"
        ),
    ],
    tables.tables_are_encrypted_and_pay_per_request: [
        without("tables", "ControlTable", "SSESpecification"),
        with_("tables", "ControlTable", BillingMode="PROVISIONED"),
    ],
    access.no_wildcards: [
        app("Accounts", Resource="*"),
        app(
            "Accounts", Resource=[{"Fn::Sub": "arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/account-table"}]
        ),
        app("Logs", Action="logs:*"),
        app(
            "Logs", Resource={"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/a*:*"}
        ),
        bastion("Mappings", Action=["lambda:ListEventSourceMappings", "lambda:InvokeFunction"]),
        lambda stacks: statement(stacks, "resolver", "Role", "Failures").pop("Resource"),
    ],
    access.no_policies_of_others: [with_("hosts", "AppRole", ManagedPolicyArns=[ADMINISTRATOR])],
    access.hosts_put_metrics_of_the_agent_only: [
        lambda stacks: statement(stacks, "hosts", "AppRole", "Metrics").pop("Condition"),
        bastion("Metrics", Condition={"StringEquals": {"cloudwatch:namespace": ["CWAgent", "AccountLedger"]}}),
    ],
    access.only_the_resolver_reads_streams: [
        lambda stacks: (
            app("Lists", Action=["dynamodb:GetRecords"], Resource=STREAM)(stacks),
            at(stacks, "network", "DynamoDBEndpoint")["PolicyDocument"]["Statement"][0]["Action"].append(
                "dynamodb:GetRecords"
            ),
        ),
    ],
    access.the_bastion_writes_only_its_own_test: [
        lambda stacks: statement(stacks, "hosts", "BastionRole", "OwnTest").pop("Condition"),
        lambda stacks: statement(stacks, "hosts", "BastionRole", "OwnTest")["Condition"].pop("Null"),
        bastion("Items", Action=["dynamodb:GetItem", "dynamodb:UpdateItem"]),
    ],
    access.the_endpoint_lets_the_hosts_through: [app("Lists", Action=["dynamodb:Query", "dynamodb:PartiQLSelect"])],
    access.only_the_api_is_public: [
        inbound("AppSecurityGroup", FromPort=22, ToPort=22, CidrIp=ANY),
        inbound("AppSecurityGroup", FromPort=8080, ToPort=8081, CidrIp=ANY),
        inbound("AppSecurityGroup", FromPort=444, ToPort=444, CidrIpv6="::/0"),
        inbound("AppSecurityGroup", FromPort=22, ToPort=22, CidrIp={"Ref": "ApiCidr"}),
        operator(AllowedPattern=".*"),
        operator(Default=ANY),
    ],
    access.tls_is_open_where_it_was_asked_for: [
        inbound("AppSecurityGroup", FromPort=443, ToPort=443, CidrIpv6="::/0"),
        lambda stacks: stacks["network"]["Resources"]["ApiTlsIngress"].pop("Condition"),
        lambda stacks: stacks["network"]["Parameters"]["ApiPorts"].update(Default="8080 and 443"),
        lambda stacks: stacks["network"]["Conditions"].update(Tls={"Fn::Equals": ["1", "1"]}),
    ],
    access.rules_have_words_that_ec2_takes: [
        with_("network", "AppSecurityGroup", GroupDescription="The app's"),
        with_("network", "ApiIngress", Description="The app's"),
        without("network", "ApiTlsIngress", "Description"),
    ],
    running.volumes_are_encrypted: [
        lambda stacks: at(stacks, "hosts", "App")["BlockDeviceMappings"][0]["Ebs"].update(Encrypted=False),
        without("hosts", "Bastion", "BlockDeviceMappings"),
    ],
    running.metadata_needs_a_token: [
        without("hosts", "App", "MetadataOptions"),
        with_("hosts", "App", MetadataOptions={"HttpTokens": "optional", "HttpPutResponseHopLimit": 1}),
    ],
    running.images_are_pinned: [
        lambda stacks: stacks["hosts"]["Parameters"]["ImageId"].update(
            Type="AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
        ),
        with_("hosts", "App", ImageId="{{resolve:ssm:/aws/service/debian/release/13/latest/amd64}}"),
    ],
    running.logs_are_kept_for_a_time: [without("observability", "AppLog", "RetentionInDays")],
    running.functions_log_into_groups_of_the_stack: [
        without("resolver", "Sweep", "LoggingConfig"),
        lambda stacks: at(stacks, "resolver", "Sweep")["LoggingConfig"].pop("LogFormat"),
    ],
    running.mappings_give_up_in_time: [
        without("resolver", "JournalMapping", "MaximumRetryAttempts"),
        with_("resolver", "JournalMapping", MaximumRetryAttempts=-1),
        without("resolver", "JournalMapping", "MaximumRecordAgeInSeconds"),
        with_("resolver", "JournalMapping", MaximumRecordAgeInSeconds=86400),
        without("resolver", "JournalMapping", "DestinationConfig"),
    ],
    running.mappings_retry_only_what_failed: [
        without("resolver", "JournalMapping", "FunctionResponseTypes"),
        with_("resolver", "JournalMapping", BisectBatchOnFunctionError=False),
    ],
    running.every_stream_has_one_reader: [
        with_("resolver", "JournalMapping", EventSourceArn={"Ref": "AccountsStreamArn"})
    ],
    running.queues_are_encrypted: [without("resolver", "FailureQueue", "SqsManagedSseEnabled")],
    running.failure_queues_have_an_alarm: [
        lambda stacks: stacks["observability"]["Resources"].pop("RecordsGivenUp"),
        with_("observability", "RecordsGivenUp", Dimensions=[{"Name": "QueueName", "Value": "another"}]),
        with_("observability", "RecordsGivenUp", Threshold=100),
        with_("resolver", "FailureQueue", QueueName="renamed"),
    ],
    running.alarms_reach_somebody: [
        without("observability", "AppDown", "AlarmActions"),
        without("observability", "AppDown", "AlarmDescription"),
    ],
    running.metrics_of_our_own_are_those_of_the_table: [
        with_("observability", "Incident", MetricName="Incident"),
        with_("observability", "ApiFailing", Dimensions=[{"Name": "status", "Value": "500"}]),
        with_("observability", "ApiFailing", Dimensions=[]),
        board('"TransferDuration"', '"TransfersDuration"'),
        board('\\"MoneyOnTheWay\\"', '\\"MoneyOnItsWay\\"'),
        board("{AccountLedger,Currency,Age}", "{AccountLedger,Currency}"),
        board('["AccountLedger", "Grants"], ', ""),
        with_("observability", "AppSilent", Dimensions=[{"Name": "Path", "Value": "healthcheck"}]),
    ],
    running.everything_is_described: [
        lambda stacks: stacks["network"].pop("Description"),
        lambda stacks: stacks["network"]["Parameters"]["VpcCidr"].pop("Description"),
        lambda stacks: stacks["network"]["Outputs"]["VpcId"].pop("Description"),
        lambda stacks: stacks["hosts"]["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"].pop(),
    ],
    running.everything_is_tagged: [without("hosts", "App", "Tags"), lambda stacks: replica(stacks).pop("Tags")],
}
