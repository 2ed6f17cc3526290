"""CloudFormation where moto differs from AWS in a way that would hide a mistake in a template or a playbook.

Changes moto's classes in place; called once, by the server's process.
"""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult


def install() -> None:
    """Bring in everything of this module."""
    parsing.clean_json = _with_missing_functions(parsing.clean_json)
    parsing.resource_class_from_type = _known_types_only(parsing.resource_class_from_type)
    parsing.ResourceMap.delete = _delete
    models.Stack.create_resources = _rolling_back(models.Stack.create_resources)
    models.CloudFormationBackend.delete_stack = _unless_protected(models.CloudFormationBackend.delete_stack)
    CloudFormationResponse.update_termination_protection = _update_termination_protection
    CloudFormationResponse._validate_different_update = _refuse_update_without_change
    CloudFormationResponse.create_change_set = _of_an_update(CloudFormationResponse.create_change_set)
    models.Stack.has_parameters = _has_parameters


def _with_missing_functions(original: Callable[..., Any]) -> Callable[..., Any]:
    """Fn::Cidr, and Fn::GetAZs as in an account whose region has three zones."""

    def clean_json(node: Any, resources: Any) -> Any:
        if isinstance(node, Mapping) and "Fn::GetAZs" in node:
            region = clean_json(node["Fn::GetAZs"], resources) or resources["AWS::Region"]
            return [f"{region}{zone}" for zone in "abc"]
        if isinstance(node, Mapping) and "Fn::Cidr" in node:
            block, count, host_bits = clean_json(node["Fn::Cidr"], resources)
            blocks = ipaddress.ip_network(block).subnets(new_prefix=32 - int(host_bits))
            return [str(next(blocks)) for _ in range(int(count))]
        if isinstance(node, list):
            # Without what AWS::NoValue takes out of it.
            return [item for item in (clean_json(item, resources) for item in node) if item is not None]
        return original(node, resources)

    return clean_json


def _known_types_only(original: Callable[[str], Any]) -> Callable[[str], Any]:
    """moto skips what it does not know and still says CREATE_COMPLETE."""

    def resource_class_from_type(resource_type: str) -> Any:
        found = original(resource_type)
        if found is None and resource_type not in parsing.NULL_MODELS:
            raise ValidationError(message=f"the rehearsal's CloudFormation has no {resource_type}")
        return found

    return resource_class_from_type


def _delete(resource_map: Any, retained: Sequence[str] = ("Retain", "RetainExceptOnCreate")) -> None:
    """Delete what is not retained, dependents before what they depend on; moto's order is that of a set."""
    resources = resource_map._resource_json_map
    # Made in this order: a resource is there before the one that refers to it is finished.
    for name in reversed([name for name in resource_map._parsed_resources if name in resources]):
        if resources[name].get("DeletionPolicy") not in retained:
            resource_map._delete_resource(resource_map._parsed_resources[name], resources[name])
        del resource_map._parsed_resources[name]


def _rolling_back(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """A resource that cannot be made rolls the stack back, as on AWS, in place of an error of the API call."""

    def create_resources(stack: Any) -> None:
        try:
            original(stack)
        except Exception as error:  # noqa: BLE001  whatever it is, it is why the stack failed
            _delete(stack.resource_map, retained=["Retain"])
            stack.resource_map._resource_json_map = {}
            stack.resource_map._parsed_resources.clear()
            stack.output_map = {}
            for status in ("CREATE_FAILED", "ROLLBACK_IN_PROGRESS"):
                stack._add_stack_event(status, resource_status_reason=f"{type(error).__name__}: {error}")
            stack._add_stack_event("ROLLBACK_COMPLETE")
            stack.status = "ROLLBACK_COMPLETE"

    return create_resources


def _update_termination_protection(self: CloudFormationResponse) -> ActionResult:
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def _unless_protected(original: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    def delete_stack(backend: Any, name_or_id: str) -> None:
        for stack in backend.stacks.values():
            if name_or_id in (stack.name, stack.stack_id) and stack.enable_termination_protection:
                message = f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
                raise ValidationError(stack.name, message=message)
        original(backend, name_or_id)

    return delete_stack


def _refuse_update_without_change(
    self: CloudFormationResponse, parameters: Sequence[Mapping[str, str]] | None, body: str, stack: Any
) -> None:
    """AWS refuses an update that changes nothing also where a parameter is left at its default."""
    given = {item["ParameterKey"]: item.get("ParameterValue") for item in parameters or ()}
    if stack.has_template(body) and stack.has_parameters(given):
        raise ValidationError(stack.name, message="No updates are to be performed.")


def _has_parameters(stack: Any, given: Mapping[str, Any]) -> bool:
    """Whether the stack has these parameters, those that are not given being at their defaults."""
    defaults = {name: slot.get("Default") for name, slot in (stack.template_dict.get("Parameters") or {}).items()}
    wanted, had = defaults | dict(given), defaults | stack.parameters
    return {name: str(value) for name, value in wanted.items()} == {name: str(value) for name, value in had.items()}


def _of_an_update(original: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    """A change set is for an update if nothing else is said, and one without changes is made: it fails by itself."""

    def create_change_set(response: Any) -> ActionResult:
        ask = response._get_param
        defaults = {"ChangeSetType": "UPDATE"}
        response._get_param = lambda name, default=None: ask(name, defaults.get(name, default))
        response._validate_different_update = lambda *_: None
        return original(response)

    return create_change_set
