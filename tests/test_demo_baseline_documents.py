"""The tools for folders and documents, and for what lies in a document."""

from __future__ import annotations

from baseline_desk import Office, held_by
from mcp_proxy.demo.baseline.estate import CARDS, DESIGN, INJECTED, LEDGER, NOTES, OVERVIEW, POSTED

WRITER, DELETER = held_by("write", name="ci"), held_by("delete")


def stamp(office: Office, document: str = OVERVIEW) -> str:
    return str(office.ask(WRITER, "getDocument", documentId=document)["versionTimestamp"])


def test_an_edit_that_is_based_on_an_older_text_is_refused() -> None:
    """systems.md §7.5, row "optimistic lock": re-read, then it goes."""
    office = Office()
    old = stamp(office)
    edit = {"documentId": OVERVIEW, "versionTimestamp": old}
    first = office.ask(WRITER, "editDocument", **edit, text="One")
    assert first["created_by_credential_name"] == "ci"
    second = office.ask(WRITER, "editDocument", **edit, text="Two")
    assert second["code"] == "user_facing"
    assert "versionTimestamp" in second["error"]
    again = edit | {"versionTimestamp": first["versionTimestamp"]}
    office.ask(WRITER, "findAndReplaceTextInDocument", **again, find="One", replace="Three")
    assert office.ask(WRITER, "getDocument", documentId=OVERVIEW)["text"] == "Three"
    assert office.counters.effects.total() == 2


def test_writes_are_stamped_with_the_credentials_name() -> None:
    """systems.md §4.5, attribution."""
    office = Office()
    made = office.ask(WRITER, "createDocument", folderId=DESIGN, title="New", text="T")
    assert (made["user"], made["created_by_credential_name"]) == ("owner", "ci")
    read = office.ask(DELETER, "getDocument", documentId=made["id"])
    assert (read["title"], read["created_by_credential_name"]) == ("New", "ci")


def test_folders_are_made_renamed_ordered_and_deleted() -> None:
    """systems.md §4.4, folders."""
    office = Office()
    made = office.ask(WRITER, "createFolder", projectId=LEDGER, name="New")["id"]
    office.ask(WRITER, "updateFolder", folderId=made, name="Newer")
    office.ask(WRITER, "reorderFolders", projectId=LEDGER, folderIds=[made, DESIGN])
    folders = office.ask(WRITER, "listFolders", projectId=LEDGER)["folders"]
    assert [each["name"] for each in folders] == ["Newer", "Design"]
    foreign = office.ask(WRITER, "reorderFolders", projectId=LEDGER, folderIds=[NOTES])
    assert foreign == {"code": "user_facing", "error": "Folder not found"}
    assert office.ask(DELETER, "deleteFolder", folderId=DESIGN)["count"] == 2
    assert office.ask(WRITER, "getDocument", documentId=OVERVIEW)["error"] == "Document not found"


def test_what_lies_in_a_document_is_put_changed_and_taken_away() -> None:
    """systems.md §4.4, diagrams, images, chart data."""
    office = Office()
    into = {"documentId": OVERVIEW}
    made = office.ask(WRITER, "insertDiagramInDocument", **into, source="a -> b")["partId"]
    office.ask(WRITER, "updateDiagramInDocument", **into, diagramId=made, source="a -> c")
    assert office.ask(WRITER, "getDiagramInDocument", **into, diagramId=made)["source"] == "a -> c"
    image = office.ask(WRITER, "insertImageInDocument", **into, uploadId="u1")["partId"]
    office.ask(WRITER, "updateImageInDocument", **into, imageId=image, uploadId="u2")
    assert office.ask(DELETER, "deleteImageInDocument", **into, imageId=image)["deleted"] == image
    gone = office.ask(DELETER, "deleteImageInDocument", **into, imageId=image)
    assert gone == {"code": "user_facing", "error": "Part not found"}
    data = office.ask(WRITER, "createVegaDataUploadSession", **into)["partId"]
    assert office.ask(DELETER, "deleteVegaDataFile", **into, fileId=data)["deleted"] == data
    assert office.ask(WRITER, "getDocument", **into)["parts"] == [made]


def test_diagrams_are_explained() -> None:
    """systems.md §4.4."""
    office = Office()
    kinds = office.ask(WRITER, "listDiagramTypes")["types"]
    assert kinds[0] in office.ask(WRITER, "getDiagramTypeGuide", type=kinds[0])["guide"]
    assert office.ask(WRITER, "getDiagramTypeGuide", type="pie")["code"] == "user_facing"
    assert office.ask(WRITER, "listArchitectureIcons")["icons"]


def test_text_that_imitates_instructions_is_told_as_it_stands() -> None:
    """systems.md §7.5, row "injected text is data"."""
    office = Office()
    assert office.ask(WRITER, "getDocument", documentId=POSTED)["text"] == INJECTED
    assert office.ask(WRITER, "listFolders", projectId=CARDS)["folders"]
