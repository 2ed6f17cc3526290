"""What must be true of hosts, functions, queues, logs, metrics and alarms, and of every template's words."""

import json
import re
from collections.abc import Iterator
from typing import Any

from figures.table import FIGURES, NAMESPACE
from tests.unit.cloudformation.stacks import Stacks, alternatives, as_list, resources, walk

INSTANCE = "AWS::EC2::Instance"
FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
ALARM = "AWS::CloudWatch::Alarm"
LOG_GROUP = "AWS::Logs::LogGroup"
STREAM_REMEMBERS = 86400  # seconds
# CloudWatch User Guide, "Search expression syntax": the namespace and all dimensions of the metrics, then terms.
_SEARCH = re.compile(r"\{AccountLedger,([\w,]+)\} MetricName=\"(\w+)\"")
PROJECT = {"Key": "Project", "Value": "account-ledger"}
# The types used here that take no tags, or none that a bill or a search would be asked for.
UNTAGGED = {
    ALARM, "AWS::CloudWatch::Dashboard", "AWS::EC2::Route", "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCEndpoint", "AWS::EC2::VPCGatewayAttachment", "AWS::Events::Rule", "AWS::IAM::InstanceProfile",
    "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Permission", "AWS::S3::BucketPolicy",
}  # fmt: skip


def volumes_are_encrypted(stacks: Stacks) -> Iterator[str]:
    """The root volume is named, so that the image's own setting does not count."""
    for where, instance in resources(stacks, INSTANCE):
        volumes = {v["DeviceName"]: v.get("Ebs", {}) for v in instance["Properties"].get("BlockDeviceMappings", [])}
        if "/dev/xvda" not in volumes or not all(volume.get("Encrypted") for volume in volumes.values()):
            yield f"{where} has a volume that is not encrypted"


def metadata_needs_a_token(stacks: Stacks) -> Iterator[str]:
    """IMDSv2 only, and not through a container's or a proxy's hop."""
    for where, instance in resources(stacks, INSTANCE):
        options = instance["Properties"].get("MetadataOptions", {})
        if options.get("HttpTokens") != "required" or options.get("HttpPutResponseHopLimit") != 1:
            yield f"{where} answers metadata requests without a token, or from farther away"


def images_are_pinned(stacks: Stacks) -> Iterator[str]:
    """Not by a name that means another image tomorrow: a second run would replace the hosts."""
    for name, template in stacks.items():
        for where, instance in resources({name: template}, INSTANCE):
            image = instance["Properties"]["ImageId"]
            parameter = template.get("Parameters", {}).get(image.get("Ref")) if isinstance(image, dict) else None
            if parameter is None or parameter["Type"] != "AWS::EC2::Image::Id" or "Default" in parameter:
                yield f"{where} is not made from an image id that is given"


def logs_are_kept_for_a_time(stacks: Stacks) -> Iterator[str]:
    """CloudWatch keeps them for ever by default."""
    for where, group in resources(stacks, LOG_GROUP):
        if not isinstance(group["Properties"].get("RetentionInDays"), int):
            yield f"{where} has no retention"


def functions_log_into_groups_of_the_stack(stacks: Stacks) -> Iterator[str]:
    """Otherwise Lambda makes a group of its own, without retention; and figures are taken from JSON only."""
    for name, template in stacks.items():
        groups = {logical_id for logical_id, r in template["Resources"].items() if r["Type"] == LOG_GROUP}
        for where, function in resources({name: template}, FUNCTION):
            logging = function["Properties"].get("LoggingConfig", {})
            if logging.get("LogGroup", {}).get("Ref") not in groups or logging.get("LogFormat") != "JSON":
                yield f"{where} does not log JSON into a log group of its stack"


def mappings_give_up_in_time(stacks: Stacks) -> Iterator[str]:
    """Retries and age are bounded, the age below what the stream remembers, and what is given up is in a queue."""
    for where, mapping in resources(stacks, MAPPING):
        properties = mapping["Properties"]
        if not 0 <= properties.get("MaximumRetryAttempts", -1) <= 100:
            yield f"{where} tries for ever"
        if not 60 <= properties.get("MaximumRecordAgeInSeconds", -1) < STREAM_REMEMBERS:
            yield f"{where} may lose records to the stream's trimming"
        if "OnFailure" not in properties.get("DestinationConfig", {}):
            yield f"{where} forgets what it gives up"


def mappings_retry_only_what_failed(stacks: Stacks) -> Iterator[str]:
    """One bad record does not send its whole batch again and again."""
    for where, mapping in resources(stacks, MAPPING):
        properties = mapping["Properties"]
        partial = properties.get("FunctionResponseTypes") == ["ReportBatchItemFailures"]
        if not partial or not properties.get("BisectBatchOnFunctionError"):
            yield f"{where} sends whole batches again"


def every_stream_has_one_reader(stacks: Stacks) -> Iterator[str]:
    """See ``only_the_resolver_reads_streams``."""
    sources = [str(mapping["Properties"]["EventSourceArn"]) for _, mapping in resources(stacks, MAPPING)]
    yield from (f"{source} has several mappings" for source in set(sources) if sources.count(source) > 1)


def queues_are_encrypted(stacks: Stacks) -> Iterator[str]:
    """At rest."""
    for where, queue in resources(stacks, "AWS::SQS::Queue"):
        if not queue["Properties"].get("SqsManagedSseEnabled"):
            yield f"{where} is not encrypted"


def failure_queues_have_an_alarm(stacks: Stacks) -> Iterator[str]:
    """On their first message."""
    watched = {
        dimension["Value"]
        for _, alarm in resources(stacks, ALARM)
        if alarm["Properties"].get("MetricName") == "ApproximateNumberOfMessagesVisible"
        and alarm["Properties"]["Threshold"] == 1
        for dimension in alarm["Properties"]["Dimensions"]
    }
    for name, template in stacks.items():
        for where, mapping in resources({name: template}, MAPPING):
            for on_failure in walk(mapping["Properties"].get("DestinationConfig", {}).get("OnFailure", {})):
                if "Fn::GetAtt" in on_failure:
                    queue = template["Resources"][on_failure["Fn::GetAtt"][0]]["Properties"]["QueueName"]
                    if queue not in watched:
                        yield f"{where} fails into {queue}, and no alarm watches it"


def alarms_reach_somebody(stacks: Stacks) -> Iterator[str]:
    """All through one topic; and each says in words what it means."""
    for where, alarm in resources(stacks, ALARM):
        properties = alarm["Properties"]
        if properties.get("AlarmActions") != [{"Ref": "AlarmTopic"}] or not properties.get("AlarmDescription"):
            yield f"{where} tells nobody, or does not say what"


def metrics_of_our_own_are_those_of_the_table(stacks: Stacks) -> Iterator[str]:
    """What alarms and dashboard take from the namespace AccountLedger is emitted, and all that is emitted is shown."""
    emitted = {(figure.name, frozenset(names)) for figure in FIGURES for names in figure.sets}
    used = dict(_used(stacks))
    for metric in used.keys() - emitted:
        yield f"{used[metric]} takes {_words(metric)}, which nothing emits"
    for metric in emitted - used.keys():
        yield f"{_words(metric)} is emitted, and neither an alarm nor a dashboard takes it"


type Metric = tuple[str, frozenset[str]]


def _words(metric: Metric) -> str:
    name, dimensions = metric
    return f"{name} by {' and '.join(sorted(dimensions)) or 'nothing'}"


def _used(stacks: Stacks) -> Iterator[tuple[Metric, str]]:
    """(name and dimensions, where) of each metric of our own."""
    for where, resource in resources(stacks, ALARM):
        for wanted in walk(resource["Properties"]):
            if wanted.get("Namespace") == NAMESPACE:
                names = frozenset(dimension["Name"] for dimension in wanted.get("Dimensions", []))
                yield (wanted["MetricName"], names), where
    for where, resource in resources(stacks, "AWS::CloudWatch::Dashboard"):
        for metric in _shown(json.loads(resource["Properties"]["DashboardBody"]["Fn::Sub"])):
            yield metric, where


def _shown(board: dict[str, Any]) -> Iterator[Metric]:
    for widget in board["widgets"]:
        for namespace, *rest in widget["properties"]["metrics"]:
            if isinstance(namespace, dict):
                for names, metric in _SEARCH.findall(namespace["expression"]):
                    yield metric, frozenset(names.split(","))
            elif namespace == NAMESPACE:
                name, *dimensions = (word for word in rest if isinstance(word, str))
                yield name, frozenset(dimensions[::2])


def everything_is_described(stacks: Stacks) -> Iterator[str]:
    """Templates, parameters and outputs; and every parameter is in a group."""
    for name, template in stacks.items():
        if not template.get("Description"):
            yield f"{name} has no description"
        for section in ("Parameters", "Outputs"):
            for logical_id, declared in template.get(section, {}).items():
                if not declared.get("Description"):
                    yield f"{name}: {logical_id} has no description"
        interface = template.get("Metadata", {}).get("AWS::CloudFormation::Interface", {"ParameterGroups": []})
        grouped = {parameter for group in interface["ParameterGroups"] for parameter in group["Parameters"]}
        if grouped != template.get("Parameters", {}).keys():
            yield f"{name}: groups and parameters differ: {sorted(grouped ^ template.get('Parameters', {}).keys())}"


def everything_is_tagged(stacks: Stacks) -> Iterator[str]:
    """With the project, so that a bill and a search find it."""
    for where, resource in resources(stacks):
        properties = resource.get("Properties", {})
        holders = alternatives(properties["Replicas"]) if "Replicas" in properties else [properties]
        if resource["Type"] not in UNTAGGED and any(PROJECT not in as_list(h.get("Tags", [])) for h in holders):
            yield f"{where} has no tag Project"


POLICIES = (
    volumes_are_encrypted,
    metadata_needs_a_token,
    images_are_pinned,
    logs_are_kept_for_a_time,
    functions_log_into_groups_of_the_stack,
    mappings_give_up_in_time,
    mappings_retry_only_what_failed,
    every_stream_has_one_reader,
    queues_are_encrypted,
    failure_queues_have_an_alarm,
    alarms_reach_somebody,
    metrics_of_our_own_are_those_of_the_table,
    everything_is_described,
    everything_is_tagged,
)
