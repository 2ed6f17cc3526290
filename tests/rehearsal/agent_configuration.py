"""What the CloudWatch agent takes for its configuration, as far as the role uses it.

Written after "Manually create or edit the CloudWatch agent configuration file" of the CloudWatch user guide and the
schema that the agent brings along. Closed: a key that is not known here is refused, though the agent passes some over.
"""

from typing import Any

import jsonschema

ONE_OR_MORE = {"type": "array", "minItems": 1, "uniqueItems": True}
# Long and short names of what is measured ("Metrics collected by the CloudWatch agent").
MEMORY = ("mem_used_percent", "used_percent")
DISK = ("disk_used_percent", "used_percent")


def closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these keys and no others."""
    properties = required | optional
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


def text(longest: int) -> dict[str, Any]:
    """A text that is not empty."""
    return {"type": "string", "minLength": 1, "maxLength": longest}


FILE = closed(
    {
        "file_path": {**text(4096), "pattern": "^/"},
        "log_group_name": text(512),
        "log_stream_name": text(512),
        "timezone": {"enum": ["UTC", "Local"]},
    }
)
SCHEMA = closed(
    {
        "agent": closed({"metrics_collection_interval": {"type": "integer", "minimum": 1}, "run_as_user": text(32)}),
        "metrics": closed(
            {
                "namespace": text(255),
                # The agent knows four of them, each with its one value.
                "append_dimensions": closed({"InstanceId": {"const": "${aws:InstanceId}"}}),
                "aggregation_dimensions": ONE_OR_MORE | {"items": ONE_OR_MORE | {"items": text(1024)}},
                "metrics_collected": closed(
                    {
                        "mem": closed({"measurement": ONE_OR_MORE | {"items": {"enum": MEMORY}}}),
                        "disk": closed(
                            {
                                "measurement": ONE_OR_MORE | {"items": {"enum": DISK}},
                                "resources": ONE_OR_MORE | {"items": {**text(4096), "pattern": "^(/|[*]$)"}},
                            }
                        ),
                    }
                ),
            }
        ),
    },
    logs=closed({"logs_collected": closed({"files": closed({"collect_list": ONE_OR_MORE | {"items": FILE}})})}),
)


def check(configuration: Any) -> None:
    """Raise ``jsonschema.ValidationError`` for what the agent would refuse or pass over."""
    jsonschema.Draft202012Validator(SCHEMA).validate(configuration)
