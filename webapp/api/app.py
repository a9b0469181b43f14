"""The API put together: its routers, who may ask, and the document that describes it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ninja import NinjaAPI
from ninja.operation import Operation

from webapp.api import account, collections, designs, jobs, patterns, photos, print_files
from webapp.api.errors import add_handlers
from webapp.api.openapi import DESCRIPTION, complete
from webapp.api.requests import StrictParser, Token


class SiteAPI(NinjaAPI):
    @cached_property
    def document(self) -> dict[str, Any]:
        return complete(super().get_openapi_schema())

    def get_openapi_schema(self, **_options: Any) -> Any:
        return self.document

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = SiteAPI(
    title="AI Fashion",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    urls_namespace="api",
    auth=Token(),
    parser=StrictParser(),
)
add_handlers(api)
for noun in (account, patterns, print_files, photos, designs, collections, jobs):
    api.add_router("", noun.router)
