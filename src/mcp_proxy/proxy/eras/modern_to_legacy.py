"""A modern host at a legacy gateway: one request, over as many rounds as it takes.

While a request runs, the gateway may ask the host: elicitation, sampling, roots. The host
hears that as a result which wants input, and brings its answers with a retry; until then
the request is parked, and its stream stays open. In `plain` is what the gateway gets of a
host that never shakes hands; `proxy.crossings.sessions` does what is decided here.
Pure. Follows MCP 2026-07-28, "Multi Round-Trip Requests", "Logging", "Versioning", and on
the other side MCP 2025-11-25, "Lifecycle" and "Client Features".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mcp_proxy.errors import RemoteProtocolError
from mcp_proxy.proxy.eras import capabilities, question, result
from mcp_proxy.proxy.eras.envelope import envelope
from mcp_proxy.proxy.eras.handles import STATE, responses_of
from mcp_proxy.proxy.eras.plain import with_id
from mcp_proxy.values import dataclass, field
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.proxy.eras.question import Question
    from mcp_proxy.wire.jsonrpc import Id, Message

ASKING: Final = frozenset({mcp.TOOLS_CALL, mcp.PROMPTS_GET, mcp.RESOURCES_READ})
"""The requests that may be answered with a wish for input."""

NOTHING_NOW: Final = {mcp.ELICITATION_COMPLETE, mcp.TASK_STATUS}
"""Notifications of the gateway that mean nothing in the modern era."""


@dataclass(frozen=True, slots=True)
class Say:
    """Write `line` to the host."""

    line: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tell:
    """Send `line` to the gateway."""

    line: bytes = field(repr=False)


Deed = Say | Tell


class Exchange:
    """One request of the host, under way at a gateway that may ask back.

    Args:
        request: the host's first one; its retries come to `resume`.
        gateway_id: the id under which it runs at the gateway.
        server_info: the gateway's, as JSON text.
    """

    def __init__(self, request: Message, gateway_id: Id, server_info: bytes) -> None:
        self.request = request
        """The host's last one, whose answer is due, or was given last."""
        self.said = envelope(request)
        self.gateway_id = gateway_id
        self.starts_over = False
        """Whether a page was opened and the gateway wants the whole request again."""
        self._token = self.said.progress_token
        self._server_info = server_info
        self._asked: dict[str, Question] = {}
        self._count = 0
        self._refusals = 0
        self._lacks: dict[str, Any] = {}
        self._held: list[Message] | None = None
        """What the gateway has told since the host had its last answer."""
        self._answer: bytes | None = None

    @property
    def may_ask(self) -> bool:
        """Whether this request may be answered with a wish for input."""
        return self.request.method in ASKING

    @property
    def is_parked(self) -> bool:
        """Whether the host has had an answer and must come back."""
        return self._held is not None

    @property
    def is_asking(self) -> bool:
        """Whether the host must be asked before anything else happens."""
        return bool(self._asked)

    def is_about(self, message: Message) -> bool:
        """Whether a notification that came outside of this request's stream belongs to it."""
        params = _params(message)
        match message.method:
            case mcp.PROGRESS:
                return self._token is not None and params.get(mcp.META_PROGRESS) == self._token
            case mcp.CANCELLED:
                asking = [one.request.id for one in self._asked.values() if one.request]
                return params.get("requestId") in asking
            case mcp.LOG_MESSAGE:
                # They name no request: one that runs and wants them is as good as another.
                return not self.is_parked and self.said.wants_log(params.get("level"))
        return False

    # ---- what the gateway says ----------------------------------------------------------------

    def heard(self, message: Message) -> list[Deed]:
        """What becomes of a request or a notification of the gateway."""
        if message.kind == "request":
            return self._questioned(message)
        if message.method == mcp.CANCELLED:
            self._withdraw(message)
            return []
        if self._held is not None:
            self._held.append(message)
            return []
        return self._told(message)

    def _questioned(self, request: Message) -> list[Deed]:
        missing = capabilities.missing(request, self.said.capabilities)
        if not self.may_ask or missing is None:
            return [Tell(question.refused(request))]
        if missing:
            self._lacks |= missing
            return [Tell(question.refused(request))]
        self._ask(question.question(request))
        return []

    def _ask(self, asked: Question) -> None:
        self._count += 1
        self._asked[f"question-{self._count}"] = asked

    def _withdraw(self, cancelled: Message) -> None:
        gone = _params(cancelled).get("requestId")
        for key, one in list(self._asked.items()):
            if one.request is not None and one.request.id == gone:
                del self._asked[key]

    def _told(self, message: Message) -> list[Deed]:
        if message.method == mcp.PROGRESS:
            return self._progress(message)
        level = _params(message).get("level")
        if message.method == mcp.LOG_MESSAGE and not self.said.wants_log(level):
            return []
        return [] if message.method in NOTHING_NOW else [Say(message.raw)]

    def _progress(self, message: Message) -> list[Deed]:
        """Progress goes under the token that the host gave last, if it gave one."""
        token = self.said.progress_token
        if _params(message).get(mcp.META_PROGRESS) != self._token or token == self._token:
            return [Say(message.raw)]
        if token is None:
            return []
        path = ("params", mcp.META_PROGRESS)
        return [Say(splice.replace(message.raw, path, json.dumps(token).encode()))]

    def finished(self, answer: bytes) -> None:
        """Take the gateway's answer; questions that are open are of no use any more."""
        self._asked.clear()
        error = None if result.is_result(answer) else result.error_of(answer)
        if error is None:
            self._answer = result.complete(answer, self.request.method, self._server_info)
            return
        self._answer = result.modern_error(answer, error)
        if error.get("code") == result.URL_ELICITATION_REQUIRED and self.may_ask:
            self._want(question.pages(error))
        if self._lacks:
            self._answer = result.lacking(self.gateway_id, self._lacks)

    def _want(self, pages: list[Question]) -> None:
        """Have pages opened, and the whole request again after that."""
        if pages and not capabilities.opens_pages(self.said.capabilities):
            self._lacks |= {"elicitation": {"url": {}}}
            return
        for page in pages:
            self._ask(page)

    # ---- what the host hears, and says --------------------------------------------------------

    def interim(self, handle: str) -> bytes:
        """The answer that asks the host; the request is parked until it brings `handle`."""
        self._held = []
        asked = [(key, one.text) for key, one in self._asked.items()]
        told = {
            mcp.RESULT_TYPE: json.dumps(mcp.INPUT_REQUIRED).encode(),
            "inputRequests": splice.object_of(asked),
            STATE: json.dumps(handle).encode(),
            mcp.META: splice.object_of([(mcp.META_SERVER_INFO, self._server_info)]),
        }
        return jsonrpc.result_raw(self.request.request_id, splice.object_of(told.items()))

    def resume(self, retry: Message) -> list[Deed]:
        """Go on with the host's retry: what it answers, and what it did not hear meanwhile.

        Questions that it leaves open are asked again (`is_asking`).

        Raises:
            LocalProtocolError: -32602, its answers are malformed; the request stays parked.
        """
        responses = responses_of(retry)
        self.request, self.said = retry, envelope(retry)
        held, self._held = self._held or [], None
        deeds = [deed for message in held for deed in self._told(message)]
        for key in [key for key in responses if key in self._asked]:
            asker = self._asked.pop(key).request
            if asker is not None:
                deeds.append(Tell(question.response(asker, responses[key])))
            else:
                self._refusals += not question.is_accepted(responses[key])
                self.starts_over = not self._asked and not self._refusals
        return deeds

    def final(self) -> bytes:
        """The answer that ends the request.

        Raises:
            RemoteProtocolError: the gateway's is not JSON.
        """
        if self._answer is None:
            raise AssertionError("an exchange is ended before it is finished")
        if self.request.request_id == self.gateway_id:
            return self._answer
        try:
            return with_id(self._answer, self.request.request_id)
        except ValueError as error:
            text = "The gateway answered something that is not JSON"
            raise RemoteProtocolError(text, hint="The request may have been carried out") from error


def _params(message: Message) -> Mapping[str, Any]:
    return message.params if isinstance(message.params, dict) else {}
