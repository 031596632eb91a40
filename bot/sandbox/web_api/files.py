"""The files.* methods, and which pictures a block may show.

docs.slack.dev/reference/methods/files.info, …/block-kit/composition-objects/slack-file-object
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.calls import ApiError, Arguments, api_error
from bot.sandbox.files import Uploads, is_ready, texts_by_file
from bot.sandbox.workspace import Clock, Workspace, file_json

_SHARING: Final = ("channel_id", "channels", "thread_ts", "initial_comment", "blocks")


@dataclass(frozen=True, kw_only=True, eq=False)
class Files:
    """Files as the bot may use them: its own, and those that were shared where it is."""

    workspace: Workspace
    uploads: Uploads
    now: Clock

    async def file_info(self, arguments: Arguments) -> dict[str, Any]:
        file = self.workspace.file_for_bot(arguments.required_text("file"))
        if file is None:
            raise ApiError("file_not_found")
        shown = file_json(file, self.workspace, ready=is_ready(file, self.now()))
        return {"file": shown, "comments": [], "response_metadata": {"next_cursor": ""}}

    async def get_upload_url(self, arguments: Arguments) -> dict[str, Any]:
        name, size = (
            arguments.required_text("filename"),
            arguments.number_between("length", 0, low=0, high=2**40),
        )
        if not size:
            raise ApiError("missing_argument")
        workspace = self.workspace
        upload = await self.uploads.announce_upload(
            user=workspace.bot, name=name, size=size, alt=arguments.optional_text("alt_txt") or ""
        )
        url = f"{workspace.url}/sandbox/upload/v1/{workspace.team.id}/{upload.id}/{upload.secret}"
        return {"upload_url": url, "file_id": upload.id}

    async def complete_upload(self, arguments: Arguments) -> dict[str, Any]:
        if any(arguments.values.get(name) for name in _SHARING):
            raise api_error("invalid_arguments", "sharing with the upload is not part of this workspace")
        titles = texts_by_file(arguments.parsed_json("files", "invalid_arguments"), "title")
        if not titles:
            raise api_error("invalid_arguments", "files: expected objects with an id")
        files = await self.uploads.complete_uploads(self.workspace.bot, titles)
        return {"files": [{"id": file.id, "title": file.title} for file in files]}
