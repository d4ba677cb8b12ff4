"""The command line over a profile or a bare URL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcp_proxy.config.model import Auth, Config, Endpoints, Network, Overrides, Profile, SecretRef
from mcp_proxy.config.overrides import chosen_profile, is_url, overlaid, profile_from_url
from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.model import Policy

URL = "https://ig.example/integrations/mcp/"
SECRET = SecretRef("env", "IG_SECRET")
FULL = Profile(
    name="ig",
    url=URL,
    account="jo",
    auth=Auth(
        client_id="mcp",
        client_secret=SECRET,
        token_endpoint_auth_method="client_secret_post",
        redirect_uri="http://localhost:6545/oauth/callback",
        scope="read",
        endpoints=Endpoints("https://ig.example/o/authorize/", "https://ig.example/o/token/"),
        browser=False,
        login_timeout_seconds=60.0,
    ),
    permissions=Policy(allow=("list_*",), deny=("*_admin",)),
    network=Network(headers={"X-Tenant": "blue"}, ca_bundle="/etc/ca.pem"),
)
NOTHING = Overrides()


def laid(profile: Profile, options: Overrides, **filed: str) -> Profile:
    return overlaid(profile, options, filed)


def complaint(profile: Profile, options: Overrides) -> str:
    with pytest.raises(ConfigError) as caught:
        overlaid(profile, options, {})
    return str(caught.value)


def test_a_bare_url_is_a_profile() -> None:
    """architecture.md §8: a URL needs no configuration file."""
    assert profile_from_url(URL, NOTHING, {}) == Profile(name=URL, url=URL, account="default")


def test_a_query_is_sent_but_not_shown() -> None:
    """Ours: a query may hold a key, and names are printed and logged."""
    profile = profile_from_url(f"{URL}?key=canary", NOTHING, {})
    assert (profile.name, profile.url) == (URL, f"{URL}?key=canary")


def test_a_bare_url_is_checked_like_one_of_the_file() -> None:
    """peers.md behaviour 30."""
    with pytest.raises(ConfigError, match=r"^The URL is plain http to ig\.test"):
        profile_from_url("http://ig.test/mcp", NOTHING, {})
    profile = profile_from_url("http://ig.test/mcp", Overrides(allow_http=True), {})
    assert profile.network.allow_http


def test_an_address_may_be_that_of_a_profile_in_a_file_that_is_named_too() -> None:
    """Ours: for hosts that insist on the address, with settings that no option can say."""
    assert (
        profile_from_url(
            URL.upper().replace("/INTEGRATIONS/MCP/", "/integrations/mcp/"), NOTHING, {}, [FULL]
        )
        == FULL
    )
    assert profile_from_url("https://b.example", NOTHING, {}, [FULL]).name == "https://b.example"
    with pytest.raises(ConfigError, match="that of ig, other"):
        profile_from_url(URL, NOTHING, {}, [FULL, replace(FULL, name="other")])


def test_only_a_url_has_a_scheme() -> None:
    """Ours: no profile's name can hold these letters."""
    assert is_url("https://ig.example/mcp")
    assert not is_url("ig.example")


def test_without_options_a_profile_stays_as_it_is() -> None:
    """Ours."""
    assert laid(FULL, NOTHING) == FULL


def test_options_take_the_place_of_settings() -> None:
    """Ours."""
    options = Overrides(
        headers=("x-tenant: green", "X-Key: env:KEY"),
        client_metadata_url="https://client.example/c.json",
        redirect_uri="http://127.0.0.1:0/callback",
        scope="read  write",
        resource=URL,
        browser=True,
        login_timeout_seconds=5,
        allow_http=True,
    )
    assert laid(FULL, options) == replace(
        FULL,
        auth=replace(
            FULL.auth,
            client_metadata_url="https://client.example/c.json",
            redirect_uri="http://127.0.0.1:0/callback",
            scope="read write",
            resource=URL,
            browser=True,
            login_timeout_seconds=5.0,
        ),
        network=replace(
            FULL.network,
            headers={"x-tenant": "green", "X-Key": SecretRef("env", "KEY")},
            allow_http=True,
        ),
    )


def test_a_typed_user_agent_takes_the_place_of_the_profiles() -> None:
    """systems.md X26: it may change the list, so nothing is sent twice."""
    named = replace(FULL, network=Network(user_agent="agent/1"))
    assert laid(named, NOTHING).network.agent == "agent/1"
    typed = laid(named, Overrides(headers=("user-agent: other/2",))).network
    assert (typed.agent, typed.user_agent) == ("other/2", None)


def test_a_preset_and_an_environment_can_be_named() -> None:
    """systems.md §7.3: one profile per environment; another takes the place of none."""
    said = Overrides(preset="scaimcp", environment="test")
    found = profile_from_url(URL, said, {})
    assert (found.preset, found.environment) == ("scaimcp", "test")
    prod = replace(FULL, preset="generic", environment="prod")
    assert laid(prod, NOTHING) == prod
    assert laid(prod, Overrides(environment="prod", preset="scaimcp")).preset == "scaimcp"
    assert complaint(prod, said) == "--environment test contradicts the profile, which is prod"
    assert complaint(FULL, Overrides(environment="")) == "--environment is empty"
    assert complaint(FULL, Overrides(preset=" ")) == "--preset is empty"


def test_another_client_does_not_inherit_the_profiles_secret() -> None:
    """RFC 6749 §2.3: a secret belongs to its client."""
    auth = laid(FULL, Overrides(client_id="other")).auth
    assert (auth.client_id, auth.client_secret, auth.token_endpoint_auth_method) == (
        "other",
        None,
        None,
    )
    auth = laid(FULL, Overrides(client_id="other", client_secret="@s")).auth
    assert auth.client_secret == SecretRef("file", "s")
    auth = laid(FULL, Overrides(client_secret="@s")).auth
    assert (auth.client_id, auth.client_secret) == ("mcp", SecretRef("file", "s"))


def test_another_proof_takes_the_place_of_the_profiles() -> None:
    """RFC 7523: a client shows a secret or a signature, not both."""
    auth = laid(FULL, Overrides(client_key="robot.pem")).auth
    assert (auth.client_id, auth.client_secret, auth.client_key) == (
        "mcp",
        None,
        SecretRef("file", "robot.pem"),
    )
    signing = replace(FULL, auth=auth)
    assert laid(signing, NOTHING) == signing
    for options in (Overrides(client_secret="env:S"), Overrides(client_id="other")):
        assert laid(signing, options).auth.client_key is None


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("/home/jo/robot.pem", SecretRef("file", "/home/jo/robot.pem")),
        ("@robot.pem", SecretRef("file", "robot.pem")),
        ("env:KEY", SecretRef("env", "KEY")),
        ("keyring:robot", SecretRef("keyring", "robot")),
    ],
)
def test_a_key_is_named_by_its_file(text: str, ref: SecretRef) -> None:
    """architecture.md §8: `--client-key FILE`; the key itself never stands on a command line."""
    assert laid(FULL, Overrides(client_key=text)).auth.client_key == ref


def test_another_grant_leaves_behind_what_only_the_profiles_own_reads() -> None:
    """Ours: `login --device` for a profile with a redirect URI."""
    assert laid(FULL, Overrides(grant="authorization-code")) == FULL
    auth = laid(FULL, Overrides(grant="device-code")).auth
    assert auth == replace(FULL.auth, grant="device-code", redirect_uri=None)
    assert laid(FULL, Overrides(grant="client-credentials")).auth.client_secret == SECRET
    assert laid(FULL, Overrides(grant="none")).auth == Auth(
        grant="none", browser=False, login_timeout_seconds=60.0
    )
    assert laid(FULL, Overrides(grant="bearer", token="env:T")).auth.grant == "bearer"


def test_a_static_token_takes_the_place_of_the_sign_in() -> None:
    """systems.md X22."""
    auth = laid(FULL, Overrides(token="env:TOKEN")).auth
    assert auth == Auth(
        grant="bearer",
        token=SecretRef("env", "TOKEN"),
        browser=False,
        login_timeout_seconds=60.0,
    )


def test_an_authorization_header_takes_the_place_of_the_sign_in() -> None:
    """Ours: two owners of one header cannot be."""
    assert laid(FULL, Overrides(headers=("authorization: env:BASIC",))).auth.grant == "none"
    filed = laid(FULL, NOTHING, Authorization="Basic YTpi")
    assert filed.auth == Auth(grant="none", browser=False, login_timeout_seconds=60.0)
    assert filed.network.headers["Authorization"] == "Basic YTpi"
    assert "YTpi" not in repr(filed)


def test_a_typed_header_goes_before_one_of_a_header_file() -> None:
    """Ours: what is typed is nearer."""
    profile = laid(FULL, Overrides(headers=("X-A: typed",)), **{"X-A": "filed", "X-B": "filed"})
    assert profile.network.headers == {"X-Tenant": "blue", "X-A": "typed", "X-B": "filed"}


def test_a_typed_header_goes_before_a_filed_one_in_another_spelling() -> None:
    """RFC 9110 §5.1."""
    profile = laid(FULL, Overrides(headers=("x-a: typed",)), **{"X-A": "filed"})
    assert profile.network.headers == {"X-Tenant": "blue", "x-a": "typed"}


def test_allow_replaces_and_deny_adds() -> None:
    """Ours: a denial of the profile cannot be typed away (peers.md behaviour 22)."""
    options = Overrides(allow=("read_*",), deny=("read_x",))
    assert laid(FULL, options).permissions == Policy(allow=("read_*",), deny=("*_admin", "read_x"))
    assert laid(FULL, Overrides(read_only=True)).permissions.read_only
    strict = replace(FULL, permissions=Policy(read_only=True))
    assert laid(strict, NOTHING).permissions.read_only


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (Overrides(headers=("X-A",)), "--header must be written as Name: value"),
        (Overrides(headers=("Host: a",)), "--header Host is set by the connection itself"),
        (Overrides(client_id=" "), "--client-id is empty"),
        (Overrides(client_secret="canary"), "--client-secret must say where the secret lies"),
        (Overrides(token="canary"), "--token must say where the secret lies"),
        (Overrides(redirect_uri="http://a.example/"), "--redirect-uri sends the authorization"),
        (Overrides(client_metadata_url="http://localhost/c"), "--client-metadata-url must be an"),
        (Overrides(resource="a b"), "--resource must be an absolute URI"),
        (Overrides(scope='"'), "--scope must be scopes"),
        (Overrides(login_timeout_seconds=0), "--login-timeout must be a number of seconds"),
        (Overrides(allow=("[",)), "--allow: "),
        (Overrides(deny=("",)), "--deny: "),
        (Overrides(grant="zzz"), "--grant must be one of"),
        (
            Overrides(token="env:T", grant="device-code"),
            "--token has no use with grant device-code",
        ),
        (Overrides(client_key=" "), "--client-key names nothing"),
        (Overrides(token="env:T", scope="read"), "--scope has no use with grant bearer"),
        (
            Overrides(token="env:T", headers=("Authorization: env:A",)),
            "--header Authorization is what grant bearer fills in itself",
        ),
    ],
)
def test_a_complaint_names_the_option(options: Overrides, expected: str) -> None:
    """peers.md behaviours 23 and 27."""
    message = complaint(FULL, options)
    assert message.startswith(expected)
    assert "canary" not in message


def test_a_near_grant_is_suggested() -> None:
    """Ours: OAuth spells it with an underscore."""
    message = complaint(FULL, Overrides(grant="client_credentials"))
    assert message.endswith("; did you mean client-credentials?")


def test_a_secret_needs_its_client() -> None:
    """RFC 6749 §2.3.1."""
    bare = Profile(name=URL, url=URL)
    assert complaint(bare, Overrides(client_secret="env:S")) == (
        "--client-id is missing: a client secret belongs to a client"
    )


def test_the_profile_that_is_named_is_taken() -> None:
    """Ours."""
    other = replace(FULL, name="other")
    config = Config({"ig": FULL, "other": other}, default_profile="ig")
    assert chosen_profile(config, "other") is other
    assert chosen_profile(config, None) is FULL
    assert chosen_profile(Config({"other": other}), None) is other


@pytest.mark.parametrize(
    ("config", "name", "message", "hint"),
    [
        (Config(), None, "Neither a profile nor a URL is given", "config init"),
        (Config(), "ig", "There is no profile 'ig'", "config init"),
        (Config({"ig": FULL, "b": FULL}), None, "Which profile is meant? There are ig, b", "Name"),
        (
            Config({"ig-dev": FULL}),
            "igdev",
            "There is no profile 'igdev'; did you mean ig-dev?",
            "",
        ),
        (Config({"ig": FULL}), "xyz", "There is no profile 'xyz'", "There are: ig"),
        (Config({"ig": FULL}), "a.example/mcp", "There is no profile 'a.example/mcp'", "https://"),
        (Config({"ig": FULL}), "\x1b[2J", r"There is no profile '\x1b[2J'", "There are: ig"),
    ],
)
def test_who_names_no_profile_is_told_which_there_are(
    config: Config, name: str | None, message: str, hint: str
) -> None:
    """Ours."""
    with pytest.raises(ConfigError) as caught:
        chosen_profile(config, name)
    assert str(caught.value) == message
    assert hint in (caught.value.hint or "")
