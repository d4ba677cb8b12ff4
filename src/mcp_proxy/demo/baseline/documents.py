"""The tools for folders and documents, and for what lies in a document.

Editing is optimistic (systems.md §4.4, SB-CC): an edit carries the `versionTimestamp` of the text
that it was made on, and another one in between wins. Every write is stamped with the person and
the credential's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.baseline.estate import uuid, version_timestamp
from mcp_proxy.demo.baseline.refusals import conflict, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.demo.baseline.desk import Desk
    from mcp_proxy.demo.baseline.estate import Document

_DIAGRAMS = ("sequence", "architecture", "state", "entity")


def get_document(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A document whole."""
    place = desk.estate.places[arguments["documentId"]]
    found = desk.estate.documents[place.id]
    return {
        "id": place.id,
        "title": place.name,
        "text": found.text,
        "parts": sorted(found.parts),
        "versionTimestamp": version_timestamp(found.version),
        **found.created_by,
    }


def create_document(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A new document in a folder."""
    place = desk.estate.add("document", arguments["title"], arguments["folderId"])
    found = desk.estate.write(place, arguments.get("text", ""), desk.stamp)
    desk.effect()
    return {"id": place.id, "versionTimestamp": version_timestamp(found.version), **desk.stamp}


def edit_document(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Another text."""
    return _edited(desk, arguments, lambda _text: arguments["text"])


def replace_text(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Other words in the text."""
    return _edited(
        desk, arguments, lambda text: text.replace(arguments["find"], arguments["replace"])
    )


def _edited(desk: Desk, arguments: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    found = _document(desk, arguments)
    if arguments["versionTimestamp"] != version_timestamp(found.version):
        raise conflict()
    found.text = change(found.text)
    return _saved(desk, found)


def _saved(desk: Desk, found: Document, **members: str) -> dict[str, Any]:
    found.version = desk.estate.tick()
    desk.effect()
    return {"versionTimestamp": version_timestamp(found.version), **members, **desk.stamp}


def delete_place(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A folder or a document, with everything in it."""
    (place_id,) = arguments.values()
    count = desk.estate.remove(place_id)
    desk.effect()
    return {"deleted": place_id, "count": count}


def create_folder(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A new folder in a project."""
    place = desk.estate.add("folder", arguments["name"], arguments["projectId"])
    desk.effect()
    return {"id": place.id, **desk.stamp}


def reorder_folders(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Another order of folders.

    Raises:
        Refused: one of them is not in the project.
    """
    places, order = desk.estate.places, arguments["folderIds"]
    known = {each.id for each in desk.estate.below(arguments["projectId"])}
    if not set(order) <= known:
        raise not_found("folder")
    for each in order:
        places[each] = places.pop(each)
    desk.effect()
    return {"order": order}


def list_diagram_types(_desk: Desk, _arguments: dict[str, Any]) -> dict[str, Any]:
    """The kinds of diagrams."""
    return {"types": list(_DIAGRAMS)}


def diagram_guide(_desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """How one kind is written.

    Raises:
        Refused: there is no such kind.
    """
    if arguments["type"] not in _DIAGRAMS:
        raise not_found("diagram type")
    return {
        "type": arguments["type"],
        "guide": f"One line for each part of the {arguments['type']}",
    }


def list_icons(_desk: Desk, _arguments: dict[str, Any]) -> dict[str, Any]:
    """The icons."""
    return {"icons": ["queue", "database", "gateway"]}


def get_part(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A diagram's source."""
    part_id = arguments["diagramId"]
    return {"diagramId": part_id, **_part(_document(desk, arguments), part_id)}


def insert_part(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A diagram, an image, or an address to send one to: a new part of the document."""
    found, part_id = _document(desk, arguments), uuid(0x2000 + desk.estate.tick())
    found.parts[part_id] = _content(arguments)
    return _saved(desk, found, partId=part_id)


def update_part(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Another content of a part."""
    found = _document(desk, arguments)
    part_id = str(arguments.get("diagramId") or arguments.get("imageId"))
    _part(found, part_id).update(_content(arguments))
    return _saved(desk, found, partId=part_id)


def delete_part(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """One part less."""
    found = _document(desk, arguments)
    part_id = str(arguments.get("imageId") or arguments.get("fileId"))
    _part(found, part_id)
    del found.parts[part_id]
    return _saved(desk, found, deleted=part_id)


def _content(arguments: dict[str, Any]) -> dict[str, Any]:
    return {key: arguments[key] for key in ("source", "uploadId") if key in arguments}


def _document(desk: Desk, arguments: dict[str, Any]) -> Document:
    return desk.estate.documents[arguments["documentId"]]


def _part(found: Document, part_id: str) -> dict[str, Any]:
    if part_id not in found.parts:
        raise not_found("part")
    return found.parts[part_id]


DEEDS: Mapping[str, Callable[[Desk, dict[str, Any]], dict[str, Any]]] = {
    "getDocument": get_document,
    "createDocument": create_document,
    "editDocument": edit_document,
    "findAndReplaceTextInDocument": replace_text,
    "deleteDocument": delete_place,
    "deleteFolder": delete_place,
    "createFolder": create_folder,
    "reorderFolders": reorder_folders,
    "listDiagramTypes": list_diagram_types,
    "getDiagramTypeGuide": diagram_guide,
    "listArchitectureIcons": list_icons,
    "getDiagramInDocument": get_part,
    "insertDiagramInDocument": insert_part,
    "updateDiagramInDocument": update_part,
    "createImageUploadSession": insert_part,
    "insertImageInDocument": insert_part,
    "updateImageInDocument": update_part,
    "createVegaDataUploadSession": insert_part,
    "deleteImageInDocument": delete_part,
    "deleteVegaDataFile": delete_part,
}
