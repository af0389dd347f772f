"""Requests as the standard has them: read strictly by it, then as far as we keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim2_models import Context, PatchOp
from scim2_server.service import ScimService
from scim2_server.utils import parametrize

from headrace.api.scim.resources import PROVIDER, STANDARD, STRICT

if TYPE_CHECKING:
    from scim2_models import Resource, ResourceType


class Service(ScimService):
    """The protocol. Attributes that RFC 7643 does not know are refused, others that we do not
    keep are left out."""

    def __init__(self) -> None:
        super().__init__(PROVIDER)

    def read_creation(
        self, resource_type: ResourceType, body: bytes, content_type: str | None
    ) -> Resource[Any]:
        self._check(_standard(resource_type), body, content_type, Context.RESOURCE_CREATION_REQUEST)
        return super().read_creation(resource_type, body, content_type)

    def read_replacement(
        self, resource_type: ResourceType, body: bytes, content_type: str | None
    ) -> Resource[Any]:
        self._check(
            _standard(resource_type), body, content_type, Context.RESOURCE_REPLACEMENT_REQUEST
        )
        return super().read_replacement(resource_type, body, content_type)

    def read_patch(
        self, resource_type: ResourceType, body: bytes, content_type: str | None
    ) -> PatchOp[Any]:
        model = parametrize(PatchOp, _standard(resource_type))
        self._check(model, body, content_type, Context.RESOURCE_PATCH_REQUEST)
        return super().read_patch(resource_type, body, content_type)

    def _check(self, model: Any, body: bytes, content_type: str | None, context: Context) -> None:
        with STRICT:
            self.read_body(model, body, content_type, context)


def _standard(resource_type: ResourceType) -> Any:
    return STANDARD[str(resource_type.name)]
