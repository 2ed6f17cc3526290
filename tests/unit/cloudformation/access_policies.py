"""Who may do what, and who may reach what."""

import re
from collections.abc import Iterator
from typing import Any

from tests.unit.cloudformation.stacks import Stacks, as_list, resources, statements, text

_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference"
# Actions without a resource type in AWS's Service Authorization Reference: a policy can only say "*" for them.
ONLY_ON_EVERYTHING = {
    "cloudwatch:PutMetricData": f"{_REFERENCE}/list_amazoncloudwatch.html",
    "lambda:ListEventSourceMappings": f"{_REFERENCE}/list_awslambda.html",
}
# The streams of one named log group: their names are made by whoever logs. CloudWatch Logs User Guide, "Identity-based
# policies": the ARN of a group ends in ":*" for the actions on it and on its streams.
_ALL_STREAMS = re.compile(r":log-group:/[^*]+:\*$")
# EC2 API Reference, "IpRange": what a rule's description may contain.
_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
ANYWHERE = ("0.0.0.0/0", "::/0")
TLS_PORT = 443
PUBLIC_PORTS = (8080, TLS_PORT)  # the second only under a condition: where the operator has a certificate
WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem")


def no_wildcards(stacks: Stacks) -> Iterator[str]:
    """Nothing is allowed on everything, but for the actions that cannot be allowed otherwise."""
    for where, statement in statements(stacks):
        if statement["Effect"] != "Allow":
            continue
        actions = as_list(statement.get("Action", "*"))  # NotAction: everything else
        yield from (f"{where} allows {action}" for action in actions if "*" in action)
        # A role's trust policy has no resource: it is about the role that it belongs to.
        for resource in as_list(statement.get("Resource", [] if "Principal" in statement else "*")):
            name = text(resource)
            if name == "*" and set(actions) <= ONLY_ON_EVERYTHING.keys():
                continue
            if "*" in name and not (_ALL_STREAMS.search(name) and all(a.startswith("logs:") for a in actions)):
                yield f"{where} allows {', '.join(actions)} on {name}"


def no_policies_of_others(stacks: Stacks) -> Iterator[str]:
    """AWS's managed policies allow more than is needed, and change."""
    for where, role in resources(stacks, "AWS::IAM::Role"):
        if role["Properties"].get("ManagedPolicyArns"):
            yield f"{where} has managed policies"


def hosts_put_metrics_of_the_agent_only(stacks: Stacks) -> Iterator[str]:
    """PutMetricData cannot be bound to a resource, but to a namespace."""
    for where, statement in statements(stacks):
        if "cloudwatch:PutMetricData" in as_list(statement["Action"]):
            names = statement.get("Condition", {}).get("StringEquals", {}).get("cloudwatch:namespace", ["any"])
            if set(as_list(names)) != {"CWAgent"}:
                yield f"{where} may put metrics into {names}"


def only_the_resolver_reads_streams(stacks: Stacks) -> Iterator[str]:
    """A stream's shard has room for two readers, and replication is one of them."""
    for where, statement in statements(stacks):
        if not where.startswith("resolver:") and any("Stream" in a or "GetRecords" in a for a in _dynamodb(statement)):
            yield f"{where} may read streams"


def the_bastion_writes_only_its_own_test(stacks: Stacks) -> Iterator[str]:
    """Anything else it may only read."""
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["selftest"]}}
    for where, statement in statements(stacks):
        writes = [action for action in as_list(statement["Action"]) if action in WRITES]
        condition = statement.get("Condition", {})
        bound = own.items() <= condition.items() and condition.get("Null") == {"dynamodb:LeadingKeys": "false"}
        if where == "hosts: BastionRole" and writes and not bound:
            yield f"{where} may {', '.join(writes)} without a bound on the partition key"


def the_endpoint_lets_the_hosts_through(stacks: Stacks) -> Iterator[str]:
    """What a host's role allows on this region's tables, the endpoint's policy allows too."""
    through = {
        action for where, s in statements(stacks) if where.endswith("DynamoDBEndpoint") for action in s["Action"]
    }
    for where, statement in statements(stacks):
        if where.startswith("hosts:"):
            missing = sorted(set(_dynamodb(statement)) - through)
            if missing:
                yield f"{where} may {', '.join(missing)}, and the endpoint does not let it through"


def _dynamodb(statement: dict[str, Any]) -> list[str]:
    return [action for action in as_list(statement["Action"]) if action.startswith("dynamodb:")]


def only_the_api_is_public(stacks: Stacks) -> Iterator[str]:
    """No port but the API's may be reached from everywhere, whatever the parameters are."""
    for where, parameters, rule in _inbound(stacks):
        port = rule.get("FromPort")
        if (port == rule.get("ToPort") and port in PUBLIC_PORTS) or "SourceSecurityGroupId" in rule:
            continue
        source = rule.get("CidrIp") or rule.get("CidrIpv6")
        if isinstance(source, dict):
            parameter = parameters[source["Ref"]]
            pattern, default = parameter.get("AllowedPattern", ""), parameter.get("Default")
            if default in ANYWHERE or re.search(pattern, ANYWHERE[0]):
                yield f"{where}: port {port} is open to {source['Ref']}, which may be everybody"
        elif source is None or source in ANYWHERE:
            yield f"{where}: port {port} is open to everybody"


def tls_is_open_where_it_was_asked_for(stacks: Stacks) -> Iterator[str]:
    """Port 443 of the apps is closed unless a parameter says otherwise, and that parameter's default does not."""
    template = stacks["network"]
    asked_for = {"Fn::Not": [{"Fn::Equals": [{"Ref": "ApiPorts"}, "8080"]}]}
    if template["Parameters"]["ApiPorts"]["Default"] != "8080" or template["Conditions"]["Tls"] != asked_for:
        yield "network: TLS is a default"
    open_always = f"port {TLS_PORT} is open whether there is a certificate or not"
    for where, group in resources(stacks, "AWS::EC2::SecurityGroup"):
        if any(rule.get("FromPort") == TLS_PORT for rule in group["Properties"].get("SecurityGroupIngress", [])):
            yield f"{where}: {open_always}"
    for where, rule in resources(stacks, "AWS::EC2::SecurityGroupIngress"):
        if rule["Properties"].get("FromPort") == TLS_PORT and rule.get("Condition") != "Tls":
            yield f"{where}: {open_always}"


def _inbound(stacks: Stacks) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for name, template in stacks.items():
        parameters = template.get("Parameters", {})
        for where, group in resources({name: template}, "AWS::EC2::SecurityGroup"):
            for rule in group["Properties"].get("SecurityGroupIngress", []):
                yield where, parameters, rule
        for where, rule in resources({name: template}, "AWS::EC2::SecurityGroupIngress"):
            yield where, parameters, rule["Properties"]


def rules_have_words_that_ec2_takes(stacks: Stacks) -> Iterator[str]:
    """EC2 refuses an apostrophe in a description, which no linter knows."""
    for where, group in resources(stacks, "AWS::EC2::SecurityGroup"):
        properties = group["Properties"]
        rules = properties.get("SecurityGroupIngress", []) + properties.get("SecurityGroupEgress", [])
        for words in [properties["GroupDescription"], *(rule.get("Description", "") for rule in rules)]:
            if not words or not _DESCRIPTION.fullmatch(words):
                yield f"{where}: {words!r} is no description for EC2"
    for where, rule in resources(stacks, "AWS::EC2::SecurityGroupIngress"):
        if not _DESCRIPTION.fullmatch(rule["Properties"].get("Description") or "?'"):
            yield f"{where}: no description for EC2"


POLICIES = (
    no_wildcards,
    no_policies_of_others,
    hosts_put_metrics_of_the_agent_only,
    only_the_resolver_reads_streams,
    the_bastion_writes_only_its_own_test,
    the_endpoint_lets_the_hosts_through,
    only_the_api_is_public,
    tls_is_open_where_it_was_asked_for,
    rules_have_words_that_ec2_takes,
)
