"""The two tools that look things up."""

from __future__ import annotations

from demo_person import ask


def test_the_build_helper_knows_services_adapters_and_mappings() -> None:
    """systems.md §1.5: five endpoint names."""
    services = ask("query_buildhelper", {"endpoint": "list_all_services"})["services"]
    assert len(services) == 4
    adapters = ask("query_buildhelper", {"endpoint": "list_all_adapters"})["adapters"]
    assert adapters == ["Bureau", "CoreBank", "Mail"]
    asked = {"endpoint": "list_services_for_adapter", "adapter": "Mail"}
    assert ask("query_buildhelper", asked)["services"] == ["send"]
    sets = ask("query_buildhelper", {"endpoint": "get_field_mapping_sets"})["sets"]
    assert sets == ["Loan Onboarding"]
    mappings = ask("query_buildhelper", {"endpoint": "get_field_mappings"})["field_mappings"]
    assert len(mappings) == 2


def test_it_shows_only_what_the_account_may_read() -> None:
    """systems.md §1.4: no grant, out of reach."""
    answer = ask("query_buildhelper", {"endpoint": "list_all_services"}, "staff-debug")
    assert answer["services"] == []


def test_the_documentation_answers_a_question_or_a_page() -> None:
    """systems.md §1.5: ask and get_page."""
    asked = ask("ig_platform_documentation", {"action": "ask", "question": "Masked values?"})
    assert asked["sources"] == ["https://docs.demo.example/masks"]
    page = {"action": "get_page", "url": asked["sources"][0]}
    assert "X characters" in ask("ig_platform_documentation", page)["text"]
    nothing = ask("ig_platform_documentation", {"action": "ask", "question": "Weather?"})
    assert nothing["answer"] == "Nothing was found."
    missing = {"action": "get_page", "url": "https://elsewhere.example/"}
    assert ask("ig_platform_documentation", missing)["error"] == "not_found"


def test_the_makers_own_people_look_up_more() -> None:
    """systems.md §1.5: two tools that do not appear for others."""
    assert ask("deployed_integrations", {}, "ncino") == {"instance": "DEV", "count": 2}
    assert ask("system_documentation", {}, "ncino")["pages"]
