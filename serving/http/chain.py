"""Industry chains over HTTP: one call, record, answer. ``models.chain`` draws and calculates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from data.chain_requests import CampaignStep, InvestorsRequest, PlacementCorrection, PlacementRequest
from models.spreadsheet import MEDIA
from serving.chain.pages import fishbone, list_file, page_of_chain, page_of_node
from serving.chain.records import campaign_draft, chain_draft, correction_draft
from serving.chain.service import ChainService
from serving.contract.parameters import Whole
from serving.http.context import JsonResponse, body_of, caller_of, chain_of, styled, worker_of
from serving.http.reading import language, query_number
from serving.ledger.chain import Draft

SVG, HTML = "image/svg+xml", "text/html; charset=utf-8"
# Pictures and pages carry their style with them; they still load nothing and run nothing.
WIDTH = Whole(10_000, usual=1_600, least=320, wording="fault.pixels")  # of a picture


async def chains(request: Request) -> Response:
    """Every industry chain of the release, with its owners and how many nodes are flagged."""
    return JsonResponse(await asyncio.to_thread(chain_of(request).listing))


async def chain_fishbone(request: Request) -> Response:
    """The fishbone of a chain as SVG; below 760 px a narrow form with ribs and the level below them."""
    service, chain_id = chain_of(request), request.path_params["chain_id"]
    lang, width = language(request), query_number(request, "width", WIDTH)
    return styled(await asyncio.to_thread(fishbone, service, chain_id, lang, width), SVG)


async def chain_page(request: Request) -> Response:
    """The page of a chain: fishbone, flags and owners."""
    service, chain_id = chain_of(request), request.path_params["chain_id"]
    return styled(await asyncio.to_thread(page_of_chain, service, chain_id, language(request)), HTML)


async def chain_node(request: Request) -> Response:
    """A node: scores with intervals and sample sizes, flags, both libraries and the lists."""
    service, caller = chain_of(request), caller_of(request)
    chain_id, node_id = _names(request)
    return JsonResponse(orjson.dumps(await asyncio.to_thread(service.node, chain_id, node_id, caller)))


async def chain_node_page(request: Request) -> Response:
    """The page of a node, whose lists link to their files."""
    service, caller = chain_of(request), caller_of(request)
    chain_id, node_id = _names(request)
    lang = language(request)
    return styled(await asyncio.to_thread(page_of_node, service, chain_id, node_id, lang, caller), HTML)


async def chain_list_csv(request: Request) -> Response:
    """A list of a node as CSV in UTF-8, which spreadsheets read."""
    return await _export(request, "csv")


async def chain_list_xlsx(request: Request) -> Response:
    """A list of a node as XLSX."""
    return await _export(request, "xlsx")


async def chain_removal(request: Request) -> Response:
    """What the chain loses without a firm: nodes without a maker, and what lies downstream of them."""
    service = chain_of(request)
    chain_id, firm_id = request.path_params["chain_id"], request.path_params["firm_id"]
    return JsonResponse(await asyncio.to_thread(service.removal, chain_id, firm_id))


async def chain_campaign(request: Request) -> Response:
    """Record a step of the campaign for a target firm; the same step again changes nothing."""
    given: CampaignStep = body_of(request)
    service, caller = chain_of(request), caller_of(request)
    chain_id, node_id = _names(request)
    answer = await asyncio.to_thread(service.record_step, chain_id, node_id, given)
    await recorded(request, campaign_draft(given, chain_id, node_id, caller))
    return JsonResponse(answer)


async def placements(request: Request) -> Response:
    """Nodes for a text, a firm or a patent: by itself, for a person to decide, or none."""
    given: PlacementRequest = body_of(request)
    return await _answered(request, "placements", lambda service: service.placing.place(given, caller_of(request)))


async def correct_placement(request: Request) -> Response:
    """Record a person's decision on a placement, which counts from now on."""
    given: PlacementCorrection = body_of(request)
    service, caller = chain_of(request), caller_of(request)
    new = await asyncio.to_thread(service.placing.correct, given, caller)
    await recorded(request, correction_draft(given, caller))
    return JsonResponse({"correction_id": given.correction_id, "new": new})


async def recommend_investors(request: Request) -> Response:
    """Investors who funded firms of a patent's technology, with reasons; of an unknown number the answer says so."""
    given: InvestorsRequest = body_of(request)
    return await _answered(request, "investors", lambda service: service.placing.investors(given))


async def _export(request: Request, form: str) -> Response:
    service, caller, lang = chain_of(request), caller_of(request), language(request)
    (chain_id, node_id), name = _names(request), request.path_params["list_name"]
    content = await asyncio.to_thread(list_file, service, chain_id, node_id, name, form, lang, caller)
    response = Response(content, media_type=MEDIA[form])
    response.headers["content-disposition"] = f'attachment; filename="{chain_id}-{node_id}-{name}.{form}"'
    return response


async def _answered(request: Request, kind: str, call: Callable[[ChainService], dict[str, Any]]) -> Response:
    service = chain_of(request)
    answer = await asyncio.to_thread(call, service)
    body = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
    await recorded(request, chain_draft(answer, kind, caller_of(request), body))
    return JsonResponse(body)


async def recorded(request: Request, draft: Draft) -> None:
    """Written before the answer is sent; not in test mode, which records nothing."""
    worker = worker_of(request)
    if worker.recording:
        await worker.write([draft])


def _names(request: Request) -> tuple[str, str]:
    return request.path_params["chain_id"], request.path_params["node_id"]
