"""The description of the API, for programs (``/schema``) and for people (``/docs``)."""

from functools import cache
from typing import Any

from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer2
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.base import ApiView

# Swagger UI sets styles on elements and has small images in its style sheet.
_PAGE = {
    "default-src": [CSP.SELF],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:"],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
}


@cache
def schema() -> dict[str, Any]:
    """The OpenAPI document: the same for every caller, and costly to make."""
    return SchemaGenerator().get_schema(request=None, public=True)


class SchemaView(ApiView):
    """OpenAPI, as JSON or (``Accept: application/yaml``) YAML."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer, OpenApiYamlRenderer2)

    @extend_schema(exclude=True)
    def get(self, _request: Request) -> Response:
        """The OpenAPI document."""
        return Response(schema())


@method_decorator(csp_override(_PAGE), name="dispatch")
class DocsView(ApiView, SpectacularSwaggerSplitView):
    """Swagger UI, from assets that are served from here."""

    authentication_classes = ()
    permission_classes = ()
